"""The sockets that one canvas has in this process, and what is told to all of them at once.

Frames are encoded once and go out in one order from one task. Nothing here waits for a client: what a client does not
read is bounded by its session's flow.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from canvasapp.commits import Entry, Sealed, WireCommit, compact, wire
from canvasapp.room import Room
from realtime.presence import Board, told
from realtime.protocol import Delta, Gathering, Policy, PresenceMessage, PresenceUpdate, UserInfo, encode
from realtime.session import Flow

COMPACT_ABOVE_COMMITS = 50  # missed commits that are sent one by one
GATHER_SECONDS = 10.0  # from one time that a user asks everybody to come to the next
PRESENCE_TICK_SECONDS = 0.008  # from one presence frame to the next; the first after a pause goes at once


class Socket(Protocol):
    """What an audience and the hub need of a joined socket."""

    @property
    def user(self) -> UserInfo: ...
    @property
    def client(self) -> str: ...
    @property
    def project_id(self) -> str: ...
    @property
    def opened_at(self) -> float:
        """Wall clock of the handshake: of two sockets of one client the later one stays, also between processes."""

    @property
    def flow(self) -> Flow: ...
    async def transmit(self, message: dict[str, Any]) -> None:
        """Hands an ASGI message to the server; never raises."""

    async def close(self, code: int) -> None: ...
    def close_soon(self, code: int) -> None: ...
    async def recheck_role(self) -> None: ...


class Audience:
    """`share` hands local presence to the other processes that have the canvas."""

    def __init__(self, room: Room, origin: str, share: Callable[[str, dict[str, Any]], None]) -> None:
        self.room = room
        self.board = Board(origin)
        self.connections: dict[str, Socket] = {}
        self.processes: dict[str, float] = {}  # other processes with this canvas -> when last heard
        self.users = 0  # sockets that are joining or have joined; the hub counts
        self._origin = origin
        self._share = share
        self._outbox: asyncio.Queue[tuple[dict[str, Any], list[Socket]]] = asyncio.Queue()
        self._clock = asyncio.get_running_loop().time
        self._gathered: dict[str, float] = {}  # user -> when last, here or at another process
        self._presence_sent = 0.0
        self._presence_timer: asyncio.TimerHandle | None = None
        self._task = asyncio.create_task(self._send_forever())

    def stop(self) -> None:
        self._task.cancel()
        if self._presence_timer is not None:
            self._presence_timer.cancel()

    # Membership

    def join(self, connection: Socket, client: str, role: str) -> None:
        self.connections[client] = connection
        self.board.join(client, connection.user, self._origin, role)
        self.presence_changed()

    def role_changed(self, client: str, role: str) -> None:
        self.board.role(client, role)
        self.presence_changed()

    def leave(self, connection: Socket, client: str) -> bool:
        """False when the client's place was taken by a newer socket."""
        if self.connections.get(client) is not connection:
            return False
        del self.connections[client]
        self.board.leave(client)
        self.presence_changed()
        return True

    # Deltas

    def committed(self, sealed: Sealed) -> None:
        if not self.connections:
            return
        text = encode(Delta(sealed.seq, [wire(sealed.commit)]))
        now = self._clock()
        size = len(text)
        self._post(
            text,
            [one for one in self.connections.values() if one.flow.admit_delta(sealed.seq, size, now)],
        )

    def acknowledge_again(self, connection: Socket, client: str, user: str, intent: int) -> None:
        """Tells a client once more that its intent is durable, in a delta that changes nothing.

        Not to one that is behind: it would take the delta for all that it lacks. What it is still to be sent tells it.
        """
        if connection.flow.behind:
            return
        state = self.room.state
        entry = Entry(client=client, user=user, intent=intent, ops=[])
        commit = WireCommit(seq=state.seq, at=state.at, entries=[entry], versions={}, compacted=True)
        self._post(encode(Delta(state.seq, [commit])), [connection])

    def catch_up(self, connection: Socket, missed: list[Sealed]) -> None:
        """Sends what a connection missed, up to the room's head: commit by commit when few, else compacted."""
        flow, state = connection.flow, self.room.state
        if missed:
            if len(missed) <= COMPACT_ABOVE_COMMITS:
                commits = [wire(sealed.commit) for sealed in missed]
            else:
                commits = [compact((sealed.commit for sealed in missed), state.elements, state.seq, state.at)]
            text = encode(Delta(state.seq, commits))
            flow.note_sent(state.seq, len(text))
            self._post(text, [connection])
        flow.caught_up()

    # Presence

    def presence(self, client: str, message: PresenceMessage) -> None:
        self.board.update(client, message)
        self.presence_changed()

    def presence_changed(self) -> None:
        """Sends what changed: at once after a pause, else with the next tick."""
        if self._presence_timer is not None or not self.board.dirty:
            return
        loop = asyncio.get_running_loop()
        wait = self._presence_sent + PRESENCE_TICK_SECONDS - self._clock()
        if wait <= 0:
            self._send_presence()
        else:
            self._presence_timer = loop.call_later(wait, self._send_presence)

    def show_everybody(self, connection: Socket) -> None:
        """The whole board to one connection that may have missed some of it."""
        peers: dict[str, dict[str, Any] | None] = {p.client: told(p) for p in self.board.others(connection.client)}
        if peers:
            self._post(encode(PresenceUpdate(peers)), [connection])

    def _send_presence(self) -> None:
        self._presence_timer = None
        self._presence_sent = self._clock()
        changed = self.board.take()
        if not changed:
            return
        if self.processes:
            here = {client: what for client, what in changed.items() if self._is_here(client)}
            if here:
                self._share(self.room.canvas_id, here)
        text = encode(PresenceUpdate(changed))
        size = len(text)
        self._post(text, [one for one in self.connections.values() if one.flow.admit_presence(size)])

    def _is_here(self, client: str) -> bool:
        place = self.board.origin(client)
        return place is None or place == self._origin

    # Gathering

    def may_gather(self, user: str) -> bool:
        """Whether enough time has passed since this user asked everybody here; counts as asking if so."""
        now = self._clock()
        if now - self._gathered.get(user, -GATHER_SECONDS) < GATHER_SECONDS:
            return False
        self._gathered[user] = now
        return True

    def gather(self, client: str, user: UserInfo) -> None:
        """Passes on to everybody else here that `user` asks them to come; its own other tabs need no asking."""
        text = encode(Gathering(client, user))
        self._post(text, [one for one in self.connections.values() if one.user.id != user.id])

    # Everything else

    def policy(self, history_lag: float, connection: Socket | None = None) -> None:
        room = self.room
        sending = "pause" if room.crowded else "slow" if room.degraded else "normal"
        text = encode(Policy(sending, "degraded" if room.degraded else "ok", round(history_lag, 1)))
        self._post(text, [connection] if connection else list(self.connections.values()))

    def post(self, text: str, connection: Socket) -> None:
        """One frame to one connection, in order with the frames to all."""
        self._post(text, [connection])

    def _post(self, text: str, sockets: list[Socket]) -> None:
        if sockets:
            self._outbox.put_nowait(({"type": "websocket.send", "text": text}, sockets))

    async def flushed(self) -> None:
        """Returns when every frame so far is handed to the server."""
        await self._outbox.join()

    async def _send_forever(self) -> None:
        while True:
            message, sockets = await self._outbox.get()
            for socket in sockets:
                await socket.transmit(message)
            self._outbox.task_done()
