"""The socket of a canvas: handshake, joining, and a client's messages. The rules are in session.py and the room.

A plain ASGI application, not a Channels consumer: those start two tasks for every message, which costs more than all
the rest of handling one does (docs/decisions/plain-asgi-socket.md).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

import msgspec
from django.conf import settings
from msgspec import UNSET, UnsetType

from canvasapp.checkpoint import head_item
from canvasapp.elements import MAX_ELEMENT_BYTES, MAX_LIVE_ELEMENTS
from canvasapp.exceptions import NoSuchCanvas, Refused, Unavailable
from canvasapp.ops import MAX_INTENT_BYTES, MAX_OPS
from canvasapp.room import Room
from canvasapp.rooms import rooms
from canvasapp.state import Intent
from projects.access import Action, Role, may, standing_in
from projects.exceptions import AppError
from projects.table import in_thread
from realtime import limits
from realtime.audience import Audience
from realtime.auth import Refusal, authenticate, check_signed_in
from realtime.hub import Hub, hub
from realtime.protocol import (
    MAX_FRAME_BYTES,
    MAX_PRESENCE_BYTES,
    PROTOCOL_VERSION,
    SUBPROTOCOL,
    BadIntent,
    ClientMessage,
    Close,
    ErrorMessage,
    Gather,
    Hello,
    IntentMessage,
    Limits,
    Malformed,
    Pong,
    PresenceMessage,
    Reject,
    RoleChange,
    Seen,
    UserInfo,
    Welcome,
    decode,
    drawable,
    encode,
)
from realtime.server import unsent
from realtime.session import AwaitingHello, Flow, Joined, Leaving, Session
from realtime.state_frames import state_frames

logger = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
STORE_SECONDS = 10.0  # how long a hello waits for the log
PACE_ABOVE_BYTES = 2 * 1024 * 1024  # held for a socket: the next part of a state waits
MAX_UNSENT_BYTES = 16 * 1024 * 1024  # held for a socket: it does not read, and is closed
MAX_RESUME_COMMITS = 5_000  # beyond, the whole state is less to send and to apply

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


async def canvas_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """One WebSocket, from handshake to close."""
    await receive()  # websocket.connect
    spoken = SUBPROTOCOL in scope["subprotocols"]
    # Accepted before it is refused: a browser learns a close code, but nothing of a handshake's status.
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if spoken else None})
    try:
        if not spoken:
            raise Refusal(Close.MALFORMED, f"the subprotocol {SUBPROTOCOL} was not offered")
        user = await authenticate(scope)
    except Refusal as refusal:
        await send({"type": "websocket.close", "code": int(refusal.code), "reason": str(refusal)})
        return
    info = UserInfo(str(user.pk), user.display_name, user.color)
    canvas_id = scope["url_route"]["kwargs"]["canvas_id"]
    connection = Connection(send, unsent(scope), canvas_id, info, user.get_session_auth_hash())
    await connection.run(receive)


async def no_socket(_: dict[str, Any], receive: Receive, send: Send) -> None:
    """Any other address."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(Close.NO_CANVAS), "reason": "there is no socket here"})


class Connection:
    """A signed-in socket. `flow` and `client` have meaning once it has joined."""

    def __init__(
        self, send: Send, unsent: Callable[[], int], canvas_id: str, user: UserInfo, session_hash: str
    ) -> None:
        self.user = user
        self._session_hash = session_hash
        self.opened_at = time.time()
        self.canvas_id = canvas_id
        self.project_id = ""
        self._told_since: datetime | None = None
        self.hub: Hub = hub()
        self.session: Session = AwaitingHello(user)
        self._send = send
        self._unsent = unsent
        self._hello_timer: asyncio.TimerHandle | None = None
        self._rights = asyncio.Lock()
        self._room: Room | None = None
        self._audience: Audience | None = None
        self._left = False
        self._closing: asyncio.Task[None] | None = None
        clock = asyncio.get_running_loop().time
        self._clock = clock
        self._messages = limits.TokenBucket(limits.MESSAGES_PER_SECOND, 2 * limits.MESSAGES_PER_SECOND, clock)
        self._bytes = limits.TokenBucket(limits.BYTES_PER_SECOND, limits.BYTES_BURST, clock)
        self._hellos = limits.TokenBucket(limits.HELLOS_PER_SECOND, limits.HELLOS_BURST, clock)
        self._presence_messages = limits.TokenBucket(limits.PRESENCE_PER_SECOND, limits.PRESENCE_BURST, clock)
        self._presence_refusals = limits.TokenBucket(1, 1, clock)
        self._intents = limits.TokenBucket(settings.INTENTS_PER_SECOND, 2 * settings.INTENTS_PER_SECOND, clock)

    @property
    def client(self) -> str:
        return self._joined().client

    @property
    def flow(self) -> Flow:
        return self._joined().flow

    # The loop

    async def run(self, receive: Receive) -> None:
        """Until the client or we close. A fault in one message closes this socket and disturbs no other."""
        if not self.hub.sockets.admit(self.user.id):
            await self.close(Close.TOO_MANY)
            return
        self._hello_timer = asyncio.get_running_loop().call_later(HELLO_SECONDS, self._hello_missing)
        try:
            while not isinstance(self.session, Leaving):
                event = await receive()
                if event["type"] == "websocket.disconnect":
                    return
                try:
                    await self._take(event)
                except Malformed as malformed:
                    await self._fail(malformed.code, str(malformed))
                except Refusal as refusal:
                    await self._fail(refusal.code, str(refusal))
                except Unavailable as error:
                    logger.warning("canvas %s: %s", self.canvas_id, error)
                    await self._say_error("unavailable", "the store cannot be reached; try again")
                    await self.close(Close.GOING_AWAY)
                except Exception:
                    logger.exception("canvas %s: a message failed", self.canvas_id)
                    await self._fail(Close.GOING_AWAY, "internal error")
        except asyncio.CancelledError:
            if self.hub.draining is None:  # the server gives up on a socket that has long gone
                raise
            await self.hub.drain()
        finally:
            self._hello_timer.cancel()
            self.hub.sockets.leave(self.user.id)
            self._leave()

    async def _take(self, event: dict[str, Any]) -> None:
        text = event.get("text")
        if text is None:
            raise Malformed(Close.MALFORMED, "frames are text")
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        if size > MAX_FRAME_BYTES:
            raise Malformed(Close.TOO_LARGE, f"a frame has at most {MAX_FRAME_BYTES} bytes")
        try:
            messages = decode(text)
        except BadIntent as bad:
            messages = []
            await self._reject(bad.intent, "invalid", str(bad))
        if not self._messages.take(max(1, len(messages))) or not self._bytes.take(size):
            raise Malformed(Close.TOO_MANY, "too many messages")
        session = self.session
        if isinstance(session, Joined):
            session.flow.heard(self._clock())
        for message in messages:
            await self._handle(message, size if len(messages) == 1 else len(msgspec.json.encode(message)))

    async def _handle(self, message: ClientMessage, size: int) -> None:
        session = self.session
        if isinstance(message, Hello):
            await self._hello(message)
        elif not isinstance(session, Joined):
            raise Malformed(Close.MALFORMED, "say hello first")
        elif isinstance(message, PresenceMessage):
            await self._presence(session, message, size)
        elif isinstance(message, IntentMessage):
            await self._intent(session, message, size)
        elif isinstance(message, Gather):
            await self._gather(session)
        elif isinstance(message, Seen):
            if session.flow.seen(message.seq):
                await self._catch_up()
        else:
            state = self._here()[0].state
            self._post(encode(Pong(message.t, state.seq, state.digest)))

    # Messages

    async def _hello(self, hello: Hello) -> None:
        if hello.protocol != PROTOCOL_VERSION:
            raise Malformed(Close.MALFORMED, f"protocol {PROTOCOL_VERSION} is spoken here")
        if not self._hellos.take():
            raise Malformed(Close.TOO_MANY, "too many hellos")
        if self.hub.draining is not None:
            raise Malformed(Close.GOING_AWAY, "the server is going away")
        session = self.session
        if isinstance(session, Joined) and session.client != hello.client:
            raise Malformed(Close.MALFORMED, "a socket has one client")
        if self._hello_timer is not None:
            self._hello_timer.cancel()
        role = await self._ask_role()
        if not isinstance(session, Joined):
            self._room = await self._borrow()
            self._audience = self.hub.audience(self._room)
        room, audience = self._here()
        since = hello.since
        if since is not None and since > room.state.seq:  # it came from a server that is ahead of us
            await self._within(room.refresh())
        missed = None
        if since is not None and since <= room.state.seq:
            missed = await room.commits_after(since, MAX_RESUME_COMMITS)
            if missed and self._told_since and datetime.fromisoformat(missed[0].commit.at) < self._told_since:
                missed = None
        if since == room.state.seq and hello.digest is not None and hello.digest != room.state.digest:
            self.hub.mismatches += 1
            logger.warning("canvas %s: a replica differs at %d", self.canvas_id, since)
            missed = None
        if not isinstance(session, Joined):
            if isinstance(self.session, Leaving):
                return
            self._take_place(hello.client)  # from here until joined nothing is waited for: of two at once one wins
        self._welcome(hello.client, role, since if missed is not None else None)
        if missed is None:
            elements = room.state.live_elements()
            async for text in state_frames(room.state.seq, elements):
                await self._room_to_send()
                self._post(text)
            await self._catch_up()
        else:
            audience.catch_up(self, missed)
        audience.show_everybody(self)
        audience.policy(self.hub.history_lag, self)
        if not isinstance(session, Joined):
            await self.recheck_role()  # rights may have changed while the canvas was loaded, unheard

    async def _room_to_send(self) -> None:
        """Waits while the server holds much for this socket. Reading is a sign of life as good as a message."""
        while (held := self._unsent()) > PACE_ABOVE_BYTES and isinstance(self.session, Joined):
            await asyncio.sleep(0.02)
            if self._unsent() < held and isinstance(self.session, Joined):
                self.session.flow.heard(self._clock())

    async def _within(self, waiting: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await waiting
        except TimeoutError:
            raise Unavailable("the log cannot be followed now") from None

    def _welcome(self, client: str, role: Role, since: int | None) -> None:
        """Joined from here on; deltas are held back until the state, or what was missed since `since`, is sent."""
        room, audience = self._here()
        state = room.state
        flow = Flow(sent_seq=state.seq if since is None else since, heard_at=self._clock())
        again = isinstance(self.session, Joined)
        self.session = Joined(self.user, client, self.canvas_id, self.project_id, role.value, flow)
        if not again:
            audience.join(self, client, role.value)
        mark = state.clients.get(client)
        welcome = Welcome(
            session=uuid4().hex,
            client=client,
            user=self.user,
            role=role.value,
            seq=state.seq,
            mode="state" if since is None else "resume",
            last_intent=mark.intent if mark is not None else 0,
            refused=mark.refused if mark is not None else (),
            limits=Limits(
                MAX_OPS, MAX_INTENT_BYTES, MAX_ELEMENT_BYTES, MAX_LIVE_ELEMENTS, MAX_FRAME_BYTES, MAX_PRESENCE_BYTES
            ),
            peers=audience.board.others(client),
        )
        self._post(encode(welcome))

    async def _presence(self, session: Joined, message: PresenceMessage, size: int) -> None:
        if size > MAX_PRESENCE_BYTES:
            await self._say_error("too_large", f"presence has at most {MAX_PRESENCE_BYTES} bytes", "presence")
            return
        if not self._presence_messages.take():  # more than anybody could see: dropped first, and told once in a while
            if self._presence_refusals.take():
                await self._say_error("rate", "too much presence; slow down", "presence")
            return
        if message.preview and not may(Role(session.role), Action.EDIT_CANVAS):
            await self._say_error("forbidden", "your role does not allow editing", "presence")
            return
        if message.preview and not drawable(message.preview):
            await self._say_error("invalid", "a preview's values are nested too deeply or not finite", "presence")
            return
        self._here()[1].presence(session.client, message)

    async def _gather(self, session: Joined) -> None:
        audience = self._here()[1]
        if not may(Role(session.role), Action.EDIT_CANVAS):
            await self._say_error("forbidden", "your role does not allow to ask everybody", "gather")
        elif not audience.may_gather(session.user.id):
            await self._say_error("rate", "you asked everybody a moment ago", "gather")
        else:
            audience.gather(session.client, session.user)
            self.hub.gathering(self.canvas_id, session.client, session.user)

    async def _intent(self, session: Joined, message: IntentMessage, size: int) -> None:
        if self.hub.draining is not None:
            return  # a reject would be final; without an answer the client sends it again, to a server that stays
        if size > MAX_INTENT_BYTES or len(message.ops) > MAX_OPS:
            limit = f"an intent has at most {MAX_OPS} ops and {MAX_INTENT_BYTES} bytes"
            await self._reject(message.id, "too_large", limit)
            return
        if not may(Role(session.role), Action.EDIT_CANVAS):
            await self._reject(message.id, "forbidden", "your role does not allow editing")
            return
        if not self._intents.take() or not self.hub.sockets.take_intent(self.user.id):
            await self._reject(message.id, "rate", "too many intents; slow down")
            return
        intent = Intent(session.client, session.user.id, message.id, message.ops, message.gesture, size)
        try:
            self._here()[0].submit(intent)
        except Refused as refused:
            await self._reject(message.id, refused.code, refused.message)

    async def _catch_up(self) -> None:
        """Brings the client from what it was last sent to the room's head."""
        room, audience = self._here()
        missed = await room.commits_after(self.flow.sent_seq, MAX_RESUME_COMMITS)
        if missed is not None:
            audience.catch_up(self, missed)
            audience.show_everybody(self)
            return
        await self._fail(Close.GOING_AWAY, "too far behind; join again")

    # Joining

    async def _ask_role(self) -> Role:
        try:
            head = await in_thread(head_item, self.canvas_id)
            self.project_id = head.project_id
            standing = await in_thread(standing_in, self.user.id, head.project_id)
        except NoSuchCanvas:
            raise Refusal(Close.NO_CANVAS, "no such canvas") from None
        except AppError as error:
            raise Unavailable(str(error)) from error
        if standing is None:
            raise Refusal(Close.NO_ACCESS, "no access to this canvas")
        if standing.acting is None:
            raise Refusal(Close.NO_CANVAS, "its project was deleted")
        self._told_since = standing.told_since
        return standing.acting

    async def _borrow(self) -> Room:
        try:
            return await rooms().borrow(self.canvas_id)
        except NoSuchCanvas:
            raise Refusal(Close.NO_CANVAS, "no such canvas") from None

    def _take_place(self, client: str) -> None:
        """One socket a client: the one opened later wins, if it is the same user's."""
        room, audience = self._here()
        mark = room.state.clients.get(client)
        older = audience.connections.get(client)
        if (mark is not None and mark.user != self.user.id) or (older is not None and older.user.id != self.user.id):
            raise Refusal(Close.NO_ACCESS, "this client id belongs to somebody else")
        if older is not None and older.opened_at > self.opened_at:
            raise Refusal(Close.TAKEN_OVER, "this client connected elsewhere meanwhile")
        if older is not None:
            older.close_soon(Close.TAKEN_OVER)
            audience.leave(older, client)
        self.hub.client_joined(self.canvas_id, client, self.user.id, self.opened_at)

    async def recheck_role(self) -> None:
        """Asks for the user's rights again; tells the client of a change, or closes when there are none any more."""
        async with self._rights:  # of two answers the later is the newer
            await self._recheck_role()

    async def _recheck_role(self) -> None:
        session = self.session
        if not isinstance(session, Joined):
            return
        try:
            role = await self._ask_role()
            await check_signed_in(self.user.id, self._session_hash)
        except Refusal as refusal:
            await self._fail(refusal.code, str(refusal))
        except Unavailable:
            return  # unknown now; asked again soon
        else:
            session = self.session
            if isinstance(session, Joined) and role.value != session.role:
                session.role = role.value
                self._here()[1].role_changed(session.client, role.value)
                self._post(encode(RoleChange(role.value)))

    # Out

    async def transmit(self, message: dict[str, Any]) -> None:
        """Hands a frame to the server. Never raises: a socket that breaks is noticed by its own loop."""
        if isinstance(self.session, Leaving):
            return
        if self._unsent() > MAX_UNSENT_BYTES:
            self.close_soon(Close.SILENT)
            return
        try:
            await self._send(message)
        except Exception:
            logger.debug("canvas %s: a frame could not be sent", self.canvas_id, exc_info=True)

    async def close(self, code: int, reason: str = "") -> None:
        if isinstance(self.session, Leaving):
            return
        self._leave()
        self.session = Leaving(code)
        try:
            await self._send({"type": "websocket.close", "code": int(code), "reason": reason[:100]})
        except Exception:
            logger.debug("canvas %s: could not be closed", self.canvas_id, exc_info=True)

    def close_soon(self, code: int) -> None:
        """From synchronous code."""
        if self._closing is None:
            self._closing = asyncio.create_task(self.close(code))

    def _post(self, text: str) -> None:
        self._here()[1].post(text, self)

    async def _reject(self, intent: int, code: str, message: str) -> None:
        await self._say(encode(Reject(intent, code, message[:500], [])))

    async def _say_error(
        self, code: str, message: str, about: Literal["presence", "gather"] | UnsetType = UNSET
    ) -> None:
        await self._say(encode(ErrorMessage(code, message[:500], about)))

    async def _say(self, text: str) -> None:
        if self._audience is not None:
            self._audience.post(text, self)
        else:
            await self.transmit({"type": "websocket.send", "text": text})

    async def _fail(self, code: int, message: str) -> None:
        """Closes with the reason also as an error message, which programs can log."""
        await self.transmit({"type": "websocket.send", "text": encode(ErrorMessage(Close(code).name.lower(), message))})
        await self.close(code, message)

    def _hello_missing(self) -> None:
        if isinstance(self.session, AwaitingHello):
            self.close_soon(Close.SILENT)

    def _leave(self) -> None:
        if isinstance(self.session, Joined) and self._audience is not None:
            self._audience.leave(self, self.session.client)
        if self._room is not None:
            self._room = None
            rooms().release(self.canvas_id)
        if self._audience is not None and not self._left:
            self._left = True
            self.hub.leave(self.canvas_id)

    def _joined(self) -> Joined:
        if not isinstance(self.session, Joined):
            raise TypeError(f"the session is {type(self.session).__name__}, not joined")
        return self.session

    def _here(self) -> tuple[Room, Audience]:
        if self._room is None or self._audience is None:
            raise Malformed(Close.MALFORMED, "say hello first")
        return self._room, self._audience
