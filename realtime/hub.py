"""What this process and the others tell each other about canvases, through the channel layer; and its audiences.

Redis is a hint: everything sent here may get lost, and nothing waits for it. Gaps are filled from the log, which is
also looked at from time to time, more often while Redis is away (SPEC.md, HB rules).
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from contextvars import Context
from typing import Any
from uuid import uuid4

import msgspec
from channels.layers import get_channel_layer
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from canvasapp.commits import Sealed, pack, unpack, unseal
from canvasapp.exceptions import LogCorrupt, Refused
from canvasapp.room import Room
from canvasapp.rooms import rooms
from canvasapp.state import Intent
from realtime.audience import Audience, Socket
from realtime.limits import Sockets
from realtime.protocol import Close, Peer, Reject, UserInfo, encode

logger = logging.getLogger(__name__)

REDIS_SECONDS = 2.0
LAST_FRAMES_SECONDS = 2.0
LAST_WORDS_SECONDS = 0.2  # for the server's buffers to empty
SWEEP_SECONDS = 5.0
PROCESS_GONE_SECONDS = 16.0  # three sweeps without a word
LOOK_SECONDS = 15.0  # between looks at the log of a canvas that people have open
LOOK_WITHOUT_REDIS_SECONDS = 0.5
LOOK_PACE_SECONDS = 0.01  # a canvas: however many are open, looking takes a fifth of a core at most
RECHECK_SWEEPS = 60  # roles are asked for again every five minutes, in case the news of a change got lost,
RECHECK_SWEEPS_WITHOUT_REDIS = 6  # and twice a minute while there is no news
MAX_OUTGOING = 10_000
LAG_KEY = "history:lag"  # seconds, written by the projection worker
LAG_NOTED_SECONDS = 10.0  # below, people are told of none: the key expires within 15
LAG_STEP_SECONDS = 5.0  # a change of the lag that people are told

_peers = msgspec.json.Decoder(list[Peer])
_changes = msgspec.json.Decoder(dict[str, dict[str, Any] | None])


class Hub:
    """One per event loop, made by `hub()`. The listener of all its rooms."""

    def __init__(self) -> None:
        self.origin = uuid4().hex
        self.audiences: dict[str, Audience] = {}
        self.redis_up = True
        self.draining: asyncio.Task[None] | None = None
        self.history_lag = 0.0
        self.mismatches = 0  # clients whose digest differed
        self.sockets = Sockets(settings.CONNECTIONS_PER_USER, settings.INTENTS_PER_SECOND)
        self._layer = get_channel_layer()
        self._channel: str | None = None
        self._outgoing: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(MAX_OUTGOING)
        self._publisher: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._resubscribing: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()

    # Audiences

    def audience(self, room: Room) -> Audience:
        """The canvas's audience in this process, made with the first socket; give it back by `leave`."""
        audience = self.audiences.get(room.canvas_id)
        if audience is not None:
            audience.users += 1
        else:
            audience = self.audiences[room.canvas_id] = Audience(room, self.origin, self._share_presence)
            audience.users = 1
            self._start()
            self._spawn(self._enter(audience))
        return audience

    async def _enter(self, audience: Audience) -> None:
        """Makes the canvas's news come here, then asks who else has it and what was committed meanwhile."""
        await self._subscribe(audience.room.canvas_id)
        self._publish_roll(audience)
        audience.room.look_at_log()
        for client, socket in audience.connections.items():  # an answer to the first word of them may have been missed
            self.client_joined(audience.room.canvas_id, client, socket.user.id, socket.opened_at)

    def leave(self, canvas_id: str) -> None:
        """Ends the audience when its last socket has gone."""
        audience = self.audiences[canvas_id]
        audience.users -= 1
        if not audience.users:
            del self.audiences[canvas_id]
            audience.stop()
            self._publish(canvas_id, "gone")
            self._spawn(self._unsubscribe(canvas_id))

    def connections(self) -> list[Socket]:
        return [one for audience in self.audiences.values() for one in audience.connections.values()]

    # What rooms tell (canvasapp.rooms.Audience)

    def committed(self, room: Room, sealed: Sealed, *, local: bool) -> None:
        audience = self.audiences.get(room.canvas_id)
        if audience is not None:
            audience.committed(sealed)
        if local:
            self._publish(room.canvas_id, "commit", body=pack(sealed.body), hash=sealed.hash)

    def refused(self, room: Room, intent: Intent, refusal: Refused) -> None:
        audience = self.audiences.get(room.canvas_id)
        connection = audience.connections.get(intent.client) if audience else None
        if audience is not None and connection is not None:
            reject = Reject(intent.number, refusal.code, refusal.message, refusal.elements)
            audience.post(encode(reject), connection)

    def repeated(self, room: Room, intent: Intent) -> None:
        audience = self.audiences.get(room.canvas_id)
        connection = audience.connections.get(intent.client) if audience else None
        if audience is not None and connection is not None:
            audience.acknowledge_again(connection, intent.client, intent.user, intent.number)

    def outrun(self, room: Room) -> None:
        self._publish(room.canvas_id, "yield")

    def saving_changed(self, room: Room) -> None:
        audience = self.audiences.get(room.canvas_id)
        if audience is not None:
            audience.policy(self.history_lag)

    async def flush(self) -> None:
        """Returns when what was published is with Redis, or Redis takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REDIS_SECONDS):
                await self._outgoing.join()

    # What the application tells

    def client_joined(self, canvas_id: str, client: str, user_id: str, opened_at: float) -> None:
        """Older sockets of the same client at other processes are to be closed."""
        self._publish(canvas_id, "takeover", client=client, user=user_id, opened_at=opened_at)

    def access_changed(self, project_id: str, user_id: str) -> None:
        """Roles of a user's open sockets are asked for again, in every process."""
        self._publish(None, "access", project=project_id, user=user_id)
        self._recheck(project_id, user_id)

    def gathering(self, canvas_id: str, client: str, user: UserInfo) -> None:
        """Whom the canvas's people at other processes are asked to come to."""
        self._publish(canvas_id, "gather", client=client, user=msgspec.to_builtins(user))

    def project_changed(self, project_id: str) -> None:
        """As `access_changed`, of everybody in the project."""
        self._publish(None, "access", project=project_id, user=None)
        self._recheck(project_id, None)

    def canvas_deleted(self, canvas_id: str) -> None:
        self._publish(canvas_id, "deleted")
        self._close_all(canvas_id)

    def drain(self) -> asyncio.Future[None]:
        """Before the process ends: commits what waits, writes checkpoints, closes the sockets. Begins with the call."""
        if self.draining is None:
            self.draining = asyncio.create_task(self._drain())
        return asyncio.shield(self.draining)

    async def _drain(self) -> None:
        connections = self.connections()
        await rooms().close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_FRAMES_SECONDS):
                for audience in list(self.audiences.values()):
                    await audience.flushed()
        for connection in connections:
            await connection.close(Close.GOING_AWAY)
        await asyncio.sleep(LAST_WORDS_SECONDS)

    # To the other processes

    def _share_presence(self, canvas_id: str, changed: dict[str, Any]) -> None:
        self._publish(canvas_id, "presence", peers=msgspec.json.encode(changed))

    def _publish_roll(self, audience: Audience) -> None:
        peers = msgspec.json.encode(audience.board.of(self.origin))
        self._publish(audience.room.canvas_id, "roll", peers=peers)

    def _publish(self, canvas_id: str | None, kind: str, **what: Any) -> None:
        if self._publisher is None:
            self._publisher = asyncio.create_task(self._publish_forever())
        message = {"type": "hub", "kind": kind, "canvas": canvas_id, "origin": self.origin, **what}
        try:
            self._outgoing.put_nowait((_group(canvas_id), message))
        except asyncio.QueueFull:
            self.redis_up = False  # what is dropped is found in the log

    async def _publish_forever(self) -> None:
        while True:
            group, message = await self._outgoing.get()
            try:
                async with asyncio.timeout(REDIS_SECONDS):
                    await self._layer.group_send(group, message)
                self._note_redis(up=True)
            except (RedisError, OSError, TimeoutError):
                self._note_redis(up=False)
            except Exception:
                logger.exception("publishing to the other processes failed")
            finally:
                self._outgoing.task_done()

    def _note_redis(self, *, up: bool) -> None:
        if up != self.redis_up:
            self.redis_up = up
            logger.warning("Redis is %s", "back" if up else "away; canvases are followed from the log")

    # From the other processes

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(work())
                for work in (self._receive_forever, self._sweep_forever, self._look_forever, self._lag_forever)
            ]

    async def _subscribe(self, canvas_id: str) -> None:
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                if self._channel is None:
                    self._channel = await self._layer.new_channel("hub.")
                    await self._layer.group_add(_group(None), self._channel)
                await self._layer.group_add(_group(canvas_id), self._channel)
        except (RedisError, OSError, TimeoutError):
            self._note_redis(up=False)

    async def _resubscribe(self) -> None:
        """For canvases that were opened while Redis was away; apart from the sweep, which is not to wait for Redis."""
        for canvas_id in list(self.audiences):
            await self._subscribe(canvas_id)
            if not self.redis_up:
                return

    async def _unsubscribe(self, canvas_id: str) -> None:
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                if canvas_id not in self.audiences and self._channel is not None:
                    await self._layer.group_discard(_group(canvas_id), self._channel)
        except (RedisError, OSError, TimeoutError, KeyError):
            self._note_redis(up=False)

    async def _receive_forever(self) -> None:
        while True:
            if self._channel is None:
                await asyncio.sleep(0.1)
                continue
            try:
                message = await self._layer.receive(self._channel)
                if message["origin"] != self.origin:
                    self._receive(message)
            except Exception:
                logger.exception("a message from another process could not be taken")
                await asyncio.sleep(0.1)

    def _receive(self, message: dict[str, Any]) -> None:
        kind, origin, canvas_id = message["kind"], message["origin"], message["canvas"]
        if kind == "access":
            self._recheck(message["project"], message["user"])
            return
        room = rooms().find(canvas_id)
        if kind == "commit" and room is not None:
            try:
                room.notice(unseal(unpack(message["body"]), message["hash"]))
            except LogCorrupt as error:
                logger.warning("canvas %s: a hint cannot be read (%s)", canvas_id, error)
        if kind == "yield" and room is not None:
            room.give_way()
        audience = self.audiences.get(canvas_id)
        if audience is None:
            return
        known = origin in audience.processes
        audience.processes[origin] = asyncio.get_running_loop().time()
        if kind == "presence":
            for client, changed in _changes.decode(message["peers"]).items():
                audience.board.relay(client, changed, origin)
            audience.presence_changed()
        elif kind == "roll":
            peers = _peers.decode(message["peers"])
            audience.board.replace_all_of(origin, peers)
            audience.presence_changed()
            for peer in peers:  # a socket there and one here: a takeover got lost, and is told again
                self._take_over(audience, peer.client, peer.user.id, opened_at=0)
        elif kind == "gone":
            self._forget(audience, origin)
        elif kind == "takeover":
            self._take_over(audience, message["client"], message["user"], message["opened_at"])
        elif kind == "gather":
            user = msgspec.convert(message["user"], UserInfo)
            if audience.may_gather(user.id):
                audience.gather(message["client"], user)
        elif kind == "deleted":
            self._close_all(canvas_id)
        if not known and kind != "gone":
            self._publish_roll(audience)

    def _take_over(self, audience: Audience, client: str, user_id: str, opened_at: float) -> None:
        connection = audience.connections.get(client)
        if connection is None or connection.user.id != user_id:
            return
        if connection.opened_at <= opened_at:
            connection.close_soon(Close.TAKEN_OVER)
        else:  # that one's hello was slow: it is the older, or says that it is not
            self.client_joined(audience.room.canvas_id, client, user_id, connection.opened_at)

    def _forget(self, audience: Audience, origin: str) -> None:
        audience.processes.pop(origin, None)
        audience.board.leave_all_of(origin)
        audience.presence_changed()

    def _recheck(self, project_id: str, user_id: str | None) -> None:
        for connection in self.connections():
            if connection.project_id == project_id and user_id in (None, connection.user.id):
                self._spawn(connection.recheck_role())

    def _close_all(self, canvas_id: str) -> None:
        audience = self.audiences.get(canvas_id)
        for connection in list(audience.connections.values()) if audience else []:
            connection.close_soon(Close.NO_CANVAS)

    # From time to time

    async def _sweep_forever(self) -> None:
        clock = asyncio.get_running_loop().time
        turn = 0
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            turn += 1
            try:
                if self._resubscribing is None or self._resubscribing.done():
                    self._resubscribing = asyncio.create_task(self._resubscribe())
                for audience in list(self.audiences.values()):
                    self._publish_roll(audience)
                    for origin, heard in list(audience.processes.items()):
                        if clock() - heard > PROCESS_GONE_SECONDS:
                            self._forget(audience, origin)
                for place, connection in enumerate(self.connections()):
                    if connection.flow.hopeless(clock()):
                        connection.close_soon(Close.SILENT)
                    elif (place + turn) % (RECHECK_SWEEPS if self.redis_up else RECHECK_SWEEPS_WITHOUT_REDIS) == 0:
                        self._spawn(connection.recheck_role())
            except Exception:
                logger.exception("the sweep failed")

    async def _look_forever(self) -> None:
        while True:
            pause = LOOK_SECONDS if self.redis_up else LOOK_WITHOUT_REDIS_SECONDS
            await asyncio.sleep(max(pause, LOOK_PACE_SECONDS * len(self.audiences)))
            for audience in list(self.audiences.values()):
                audience.room.look_at_log()

    async def _lag_forever(self) -> None:
        """Follows how far history is behind. Without word from its worker, that is at least the time of silence."""
        clock = asyncio.get_running_loop().time
        redis: Redis = Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        heard = clock()
        while True:
            try:
                told = await redis.get(LAG_KEY)
                if told is not None:
                    heard = clock()
                lag = float(told) if told is not None else clock() - heard
            except (RedisError, OSError, ValueError):
                lag = self.history_lag
            lag = 0.0 if lag < LAG_NOTED_SECONDS else lag
            if abs(lag - self.history_lag) >= LAG_STEP_SECONDS or (lag == 0) != (self.history_lag == 0):
                self.history_lag = lag
                for audience in self.audiences.values():
                    audience.policy(lag)
            await asyncio.sleep(SWEEP_SECONDS)

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: inside a request's, asgiref would want to run what blocks in the request's thread.
        task = asyncio.create_task(errand, context=Context())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


def _group(canvas_id: str | None) -> str:
    return f"canvas.{canvas_id}" if canvas_id is not None else "everybody"


def hub() -> Hub:
    """The running loop's hub."""
    audience = rooms().audience
    if not isinstance(audience, Hub):
        raise TypeError("the hub is not installed; realtime.apps does that")
    return audience
