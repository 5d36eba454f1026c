"""The rooms of this process: opened once however many ask at a time, kept warm, bounded by memory, closed cleanly.

One registry belongs to one event loop. The server has one for its life; a command has one for the length of a call.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol
from weakref import WeakKeyDictionary

from django.conf import settings

from canvasapp import checkpoint
from canvasapp.exceptions import Unavailable
from canvasapp.room import Room, RoomListener
from projects.table import in_thread

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 10.0  # how long a reader waits for the log
WARM_SECONDS = 60.0  # a room stays this long after its last user


class Audience(RoomListener, Protocol):
    """The listener of all rooms of a loop."""

    async def flush(self) -> None:
        """Returns when what rooms told has left this process."""


class Rooms:
    """`lend` is the way to a room; a room nobody borrows is closed once it is cold or memory is short."""

    def __init__(self, audience: Audience | None) -> None:
        self.audience = audience
        self._rooms: dict[str, Room] = {}  # ordered by last use
        self._borrowers: dict[str, int] = {}
        self._opening: dict[str, asyncio.Task[Room]] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def open_rooms(self) -> list[Room]:
        return list(self._rooms.values())

    def find(self, canvas_id: str) -> Room | None:
        """The room if it is open."""
        return self._rooms.get(canvas_id)

    async def borrow(self, canvas_id: str) -> Room:
        """The canvas's room, opened if need be; give it back by `release`. Raises NoSuchCanvas, Unavailable."""
        self._borrowers[canvas_id] = self._borrowers.get(canvas_id, 0) + 1
        try:
            room = self._rooms.get(canvas_id) or await self._open(canvas_id)
        except BaseException:
            self._give_back(canvas_id)
            raise
        self._rooms[canvas_id] = self._rooms.pop(canvas_id)
        timer = self._timers.pop(canvas_id, None)
        if timer is not None:
            timer.cancel()
        return room

    def release(self, canvas_id: str) -> None:
        if self._give_back(canvas_id) == 0 and canvas_id in self._rooms:
            self._keep_warm(canvas_id)
            self._make_space()

    @asynccontextmanager
    async def lend(self, canvas_id: str) -> AsyncIterator[Room]:
        """As `borrow`, given back at the end."""
        room = await self.borrow(canvas_id)
        try:
            yield room
        finally:
            self.release(canvas_id)

    @asynccontextmanager
    async def lend_fresh(self, canvas_id: str) -> AsyncIterator[Room]:
        """As `lend`, with everything in the room that is committed by now. Raises NoSuchCanvas, Unavailable."""
        async with self.lend(canvas_id) as room:
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    await room.refresh()
            except TimeoutError:
                raise Unavailable("the store did not answer in time") from None
            yield room

    async def close(self) -> None:
        """Closes every room: commits what waits, writes checkpoints; then waits until the audience has heard of it."""
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for canvas_id in list(self._rooms):
            self._start_closing(canvas_id)
        await asyncio.gather(*self._closing.values(), return_exceptions=True)
        if self.audience is not None:
            await self.audience.flush()

    async def _open(self, canvas_id: str) -> Room:
        opening = self._opening.get(canvas_id)
        if opening is None:
            opening = self._opening[canvas_id] = asyncio.create_task(self._load(canvas_id))
            opening.add_done_callback(lambda _: self._opening.pop(canvas_id, None))
        return await asyncio.shield(opening)  # one joiner's leaving must not fail the others

    async def _load(self, canvas_id: str) -> Room:
        closing = self._closing.get(canvas_id)
        if closing is not None:
            await asyncio.wait([closing])
        room = Room(await in_thread(checkpoint.load, canvas_id), self.audience)
        self._rooms[canvas_id] = room
        if canvas_id not in self._borrowers:  # who asked for it has gone meanwhile
            self._keep_warm(canvas_id)
        self._make_space()
        return room

    def _keep_warm(self, canvas_id: str) -> None:
        loop = asyncio.get_running_loop()
        self._timers[canvas_id] = loop.call_later(WARM_SECONDS, self._start_closing, canvas_id)

    def _give_back(self, canvas_id: str) -> int:
        self._borrowers[canvas_id] -= 1
        return self._borrowers[canvas_id] or self._borrowers.pop(canvas_id)

    def _make_space(self) -> None:
        """Closes rooms without borrowers, longest unused first, while all together are above the bound."""
        used = sum(room.memory_bytes() for room in self._rooms.values())
        for canvas_id, room in list(self._rooms.items()):
            if used <= settings.ROOM_MEMORY_BYTES:
                return
            if canvas_id not in self._borrowers:
                used -= room.memory_bytes()
                self._start_closing(canvas_id)

    def _start_closing(self, canvas_id: str) -> None:
        room = self._rooms.pop(canvas_id)
        timer = self._timers.pop(canvas_id, None)
        if timer is not None:
            timer.cancel()
        task = self._closing[canvas_id] = asyncio.create_task(room.close())
        task.add_done_callback(lambda closed: self._closed(canvas_id, closed))

    def _closed(self, canvas_id: str, closed: asyncio.Task[None]) -> None:
        self._closing.pop(canvas_id, None)
        if not closed.cancelled() and (error := closed.exception()) is not None:
            logger.error("canvas %s: closing failed", canvas_id, exc_info=error)


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, Rooms] = WeakKeyDictionary()
_make_audience: Callable[[], Audience] | None = None


def set_audience(make: Callable[[], Audience]) -> None:
    """Says who listens to the rooms of each loop; realtime does, when Django starts."""
    global _make_audience  # noqa: PLW0603 - set once, at start
    _make_audience = make


def rooms() -> Rooms:
    """The running loop's registry."""
    loop = asyncio.get_running_loop()
    registry = _registries.get(loop)
    if registry is None:
        registry = _registries[loop] = Rooms(_make_audience() if _make_audience else None)
    return registry
