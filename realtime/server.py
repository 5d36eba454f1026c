"""What the sockets need of Daphne and it does not offer by itself. The only module that knows Daphne from inside.

- At shutdown it cancels its applications, but stumbles over any connection whose application has ended already (an
  idle keep-alive one) and then cancels none: the sockets are drained by a trigger of our own.
- autobahn below it refuses to send the registered close code 1012, since it is not one for applications.
- A frame handed to it is buffered without bound for a client that does not read: the buffer's size is told to the
  application as the scope's extension "canvas.unsent".
- A request's body of any length is written to disk before the application hears of it: one above REQUEST_MAX_BYTES is
  answered with 413 when it says so, or when it turns out so.
- Of an application that fails in the middle of its answer it makes an error of its own, which ends its watch over all
  connections, and leaves the client waiting: the connection is cut, so that nobody takes half a file for a whole one.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from daphne.http_protocol import WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from realtime.hub import hub
from realtime.protocol import Close

UNSENT = "canvas.unsent"

_close_as_daphne_does = WebSocketProtocol.serverClose
_create_as_daphne_does = Server.create_application
_got_length_as_daphne_does = WebRequest.gotLength
_take_chunk_as_daphne_does = WebRequest.handleContentChunk
_fail_as_daphne_does = WebRequest.handle_exception


def install() -> None:
    """Called once, by the ASGI application of the server process."""
    WebSocketProtocol.serverClose = _close
    Server.create_application = _create
    bound_bodies()
    cut_broken_answers()
    trigger: Any = reactor
    # Before Daphne's own trigger, which cancels the applications: they are to find the drain begun.
    trigger.addSystemEventTrigger("before", "shutdown", _drain)


def bound_bodies() -> None:
    WebRequest.gotLength = _got_length
    WebRequest.handleContentChunk = _take_chunk


def cut_broken_answers() -> None:
    WebRequest.handle_exception = _fail


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


def _got_length(request: WebRequest, length: int | None) -> None:
    """`length` is None when the body comes in chunks."""
    request.body_bytes = 0
    if length is not None and length > settings.REQUEST_MAX_BYTES:
        _refuse(request)
    else:
        _got_length_as_daphne_does(request, length)


def _take_chunk(request: WebRequest, data: bytes) -> None:
    request.body_bytes += len(data)
    if request.body_bytes <= settings.REQUEST_MAX_BYTES:
        _take_chunk_as_daphne_does(request, data)
    elif request.body_bytes - len(data) <= settings.REQUEST_MAX_BYTES:  # the first too many
        _refuse(request)


def _refuse(request: WebRequest) -> None:
    body = b'{"type":"about:blank","title":"Content Too Large","status":413,"code":"too_large","detail":"'
    body += f'A request has at most {settings.REQUEST_MAX_BYTES} bytes."'.encode() + b"}"
    head = (
        f"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
    )
    request.body_bytes = settings.REQUEST_MAX_BYTES + 1  # nothing more of it is taken
    request.channel.transport.write(head.encode() + b"Connection: close\r\n\r\n" + body)
    request.channel.loseConnection()


def _fail(request: WebRequest, exception: Exception) -> None:
    if request._response_started:
        request.loseConnection()
    else:
        _fail_as_daphne_does(request, exception)


def _drain() -> "Deferred[None]":
    return Deferred.fromFuture(asyncio.ensure_future(hub().drain()))
