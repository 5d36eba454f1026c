"""A canvas of its own for each test, rooms on it as two servers would have them, and a look at what they tell."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from canvasapp import checkpoint, log
from canvasapp.commits import Sealed
from canvasapp.exceptions import Refused
from canvasapp.items import HEAD_SK, HeadItem, canvas_key
from canvasapp.ops import Op
from canvasapp.room import Receipt, Room
from canvasapp.state import CanvasState, Intent
from canvasapp.testing import build_intent


def canvas_new() -> str:
    """A canvas without project or owner: the core asks for neither."""
    canvas_id = uuid4().hex
    HeadItem(canvas_key(canvas_id), HEAD_SK, project_id="p", name="", created_at="", created_by="").save()
    return canvas_id


def replayed(canvas_id: str) -> CanvasState:
    """The state from the log alone."""
    state = CanvasState(canvas_id)
    for sealed in log.scan(canvas_id, 0):
        state.replay(sealed)
    return state


def facts(state: CanvasState) -> dict[str, Any]:
    """What two holders of the same canvas must agree on."""
    return {
        "seq": state.seq,
        "hash": state.hash,
        "at": state.at,
        "elements": state.elements,
        "clients": list(state.clients.items()),
        "digest": state.digest,
        "live": state.live,
    }


class Told:
    """A RoomListener that remembers."""

    def __init__(self) -> None:
        self.commits: list[Sealed] = []
        self.local: list[bool] = []
        self.refusals: list[tuple[Intent, Refused]] = []
        self.repetitions: list[Intent] = []
        self.saving: list[tuple[bool, bool]] = []

    def committed(self, room: Room, sealed: Sealed, *, local: bool) -> None:
        self.commits.append(sealed)
        self.local.append(local)

    def refused(self, room: Room, intent: Intent, refusal: Refused) -> None:
        self.refusals.append((intent, refusal))

    def repeated(self, room: Room, intent: Intent) -> None:
        self.repetitions.append(intent)

    def outrun(self, room: Room) -> None:
        self.outran = True

    def saving_changed(self, room: Room) -> None:
        self.saving.append((room.degraded, room.crowded))

    async def flush(self) -> None:
        pass


async def submit(room: Room, *ops: Op, **who: Any) -> Receipt:
    """The receipt, when it is durable."""
    done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
    room.submit(build_intent(*ops, **who), done)
    async with asyncio.timeout(10):
        return await done


@pytest.fixture
def canvas(table: None) -> str:
    return canvas_new()


@pytest.fixture
async def open_room() -> AsyncIterator[Callable[..., Any]]:
    """Opens rooms as processes of their own would; they are closed with the test."""
    opened: list[Room] = []

    async def open_one(canvas_id: str, listener: Any = None) -> Room:
        room = Room(await asyncio.to_thread(checkpoint.load, canvas_id), listener or Told())
        opened.append(room)
        return room

    yield open_one
    await asyncio.gather(*(room.close() for room in opened if not room._closing))


def crash(room: Room) -> None:
    """As a killed process leaves it: nothing more is written."""
    for task in room._tasks:
        task.cancel()
    room.state.checkpoint_seq = room.state.seq
