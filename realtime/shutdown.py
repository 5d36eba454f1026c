"""Ends the sockets well when Daphne's reactor shuts down. The only module that knows Daphne from inside.

Two things Daphne 4.2 does not do by itself: it cancels its applications at shutdown, but stumbles over any connection
whose application has ended already (an idle keep-alive one) and then cancels none; and autobahn below it refuses to
send the registered close code 1012, since it is not one for applications.
"""

import asyncio
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from realtime.hub import hub
from realtime.protocol import Close

_close_as_daphne_does = WebSocketProtocol.serverClose


def install() -> None:
    """Called once, by the ASGI application of the server process."""
    WebSocketProtocol.serverClose = _close
    trigger: Any = reactor
    trigger.addSystemEventTrigger("before", "shutdown", _drain)


def _close(socket: WebSocketProtocol, code: int | None = None) -> None:
    if code == Close.GOING_AWAY:
        socket.sendCloseFrame(code=int(code))
    else:
        _close_as_daphne_does(socket, code=code)


def _drain() -> "Deferred[None]":
    return Deferred.fromFuture(asyncio.ensure_future(hub().drain()))
