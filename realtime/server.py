"""What the sockets need of Daphne and it does not offer by itself. The only module that knows Daphne from inside.

- At shutdown it cancels its applications, but stumbles over any connection whose application has ended already (an
  idle keep-alive one) and then cancels none: the sockets are drained by a trigger of our own.
- autobahn below it refuses to send the registered close code 1012, since it is not one for applications.
- A frame handed to it is buffered without bound for a client that does not read: the buffer's size is told to the
  application as the scope's extension "canvas.unsent".
"""

import asyncio
from collections.abc import Callable
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from realtime.hub import hub
from realtime.protocol import Close

UNSENT = "canvas.unsent"

_close_as_daphne_does = WebSocketProtocol.serverClose
_create_as_daphne_does = Server.create_application


def install() -> None:
    """Called once, by the ASGI application of the server process."""
    WebSocketProtocol.serverClose = _close
    Server.create_application = _create
    trigger: Any = reactor
    # Before Daphne's own trigger, which cancels the applications: they are to find the drain begun.
    trigger.addSystemEventTrigger("before", "shutdown", _drain)


def unsent(scope: dict[str, Any]) -> Callable[[], int]:
    """How many bytes the server holds for this socket; 0 under a server that does not tell."""
    found: Callable[[], int] = scope.get("extensions", {}).get(UNSENT, lambda: 0)
    return found


def _create(server: Server, protocol: Any, scope: dict[str, Any]) -> Any:
    if scope["type"] == "websocket":
        scope.setdefault("extensions", {})[UNSENT] = lambda: _buffered(protocol.transport)
    return _create_as_daphne_does(server, protocol, scope)


def _buffered(transport: Any) -> int:
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def _close(socket: WebSocketProtocol, code: int | None = None) -> None:
    if code == Close.GOING_AWAY:
        socket.sendCloseFrame(code=int(code))
    else:
        _close_as_daphne_does(socket, code=code)


def _drain() -> "Deferred[None]":
    return Deferred.fromFuture(asyncio.ensure_future(hub().drain()))
