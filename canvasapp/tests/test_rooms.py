"""RG rules: one load for many, warm rooms, the bound of memory, closing."""

import asyncio
import time

import pytest

from canvasapp import checkpoint
from canvasapp import rooms as rooms_module
from canvasapp.exceptions import NoSuchCanvas
from canvasapp.rooms import Rooms
from canvasapp.testing import rectangle
from canvasapp.tests.conftest import canvas_new, submit


@pytest.fixture
def loads(monkeypatch) -> list[str]:
    """Ids in the order of their loads."""
    seen: list[str] = []
    load = checkpoint.load

    def slow(canvas_id):
        seen.append(canvas_id)
        time.sleep(0.1)
        return load(canvas_id)

    monkeypatch.setattr(checkpoint, "load", slow)
    return seen


@pytest.fixture
async def registry():
    made = Rooms(None)
    yield made
    await made.close()


async def test_rg1_borrowers_at_once_share_one_load(canvas, registry, loads):
    borrowed = await asyncio.gather(*(registry.borrow(canvas) for _ in range(20)))
    assert loads == [canvas]
    assert len({id(room) for room in borrowed}) == 1


async def test_rg1_one_who_gives_up_does_not_fail_the_others(canvas, registry, loads):
    first = asyncio.create_task(registry.borrow(canvas))
    second = asyncio.create_task(registry.borrow(canvas))
    await asyncio.sleep(0.02)
    first.cancel()
    assert (await second).canvas_id == canvas
    assert loads == [canvas]
    registry.release(canvas)
    assert registry._borrowers == {}


async def test_rg1_a_canvas_that_is_not_there(table, registry):
    results = await asyncio.gather(*(registry.borrow("nowhere") for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [NoSuchCanvas] * 3
    assert (registry._borrowers, registry._opening, registry.open_rooms()) == ({}, {}, [])


async def test_rg2_a_room_stays_warm_for_a_while(canvas, registry, loads, monkeypatch):
    monkeypatch.setattr(rooms_module, "WARM_SECONDS", 0.1)
    async with registry.lend(canvas) as room:
        await submit(room, rectangle("a"))
    async with registry.lend(canvas) as again:
        assert again is room
        await asyncio.sleep(0.2)
        assert registry.find(canvas) is room
    await asyncio.sleep(0.5)
    assert registry.find(canvas) is None
    assert checkpoint.head_item(canvas).checkpoint_seq == 1
    async with registry.lend(canvas) as fresh:
        assert fresh is not room
        assert set(fresh.state.elements) == {"a"}
    assert loads == [canvas, canvas]


async def test_rg2_a_room_whose_only_asker_gave_up_is_closed_too(canvas, registry, loads, monkeypatch):
    monkeypatch.setattr(rooms_module, "WARM_SECONDS", 0.05)
    asking = asyncio.create_task(registry.borrow(canvas))
    await asyncio.sleep(0.02)
    asking.cancel()
    await asyncio.sleep(0.5)
    assert loads == [canvas]
    assert registry.open_rooms() == []


async def test_rg3_memory_is_bounded_by_closing_what_nobody_uses(table, registry, settings):
    ids = [canvas_new() for _ in range(4)]
    in_use = await registry.borrow(ids[0])
    for canvas_id in ids[1:3]:
        async with registry.lend(canvas_id):
            pass
    assert len(registry.open_rooms()) == 3
    settings.ROOM_MEMORY_BYTES = 2 * in_use.memory_bytes()
    async with registry.lend(ids[3]):
        pass
    await asyncio.sleep(0.3)
    assert [room.canvas_id for room in registry.open_rooms()] == [ids[0], ids[3]]


async def test_rg4_a_room_is_opened_again_only_after_it_is_closed(canvas, registry, monkeypatch):
    room = await registry.borrow(canvas)
    await submit(room, rectangle("a"))
    registry.release(canvas)
    registry._start_closing(canvas)
    async with registry.lend(canvas) as fresh:
        assert fresh is not room
        assert fresh.state.checkpoint_seq == 1  # the old one had written its last checkpoint


async def test_rg4_closing_all_writes_checkpoints(table, registry):
    ids = [canvas_new() for _ in range(3)]
    for canvas_id in ids:
        await submit(await registry.borrow(canvas_id), rectangle("a"))
    await registry.close()
    assert registry.open_rooms() == []
    assert [checkpoint.head_item(canvas_id).checkpoint_seq for canvas_id in ids] == [1, 1, 1]
    for canvas_id in ids:
        registry.release(canvas_id)


async def test_rg4_closing_all_waits_for_what_is_being_opened(canvas, registry, loads):
    asking = asyncio.create_task(registry.borrow(canvas))
    await asyncio.sleep(0.02)
    await registry.close()
    await asyncio.gather(asking, return_exceptions=True)
    assert registry.open_rooms() == []
