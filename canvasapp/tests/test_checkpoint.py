"""CP rules against DynamoDB: what is written behind the log, and that loading is right whatever was written."""

import asyncio
import itertools
import os
import secrets
import time

import pytest

from canvasapp import checkpoint, log
from canvasapp.checkpoint import TOMBSTONE_LIFETIME, Checkpoint
from canvasapp.exceptions import NoSuchCanvas, Unavailable
from canvasapp.items import ElementItem, canvas_key, element_key
from canvasapp.ops import Delete, Restore, Update
from canvasapp.state import CanvasState, Draft, now_rfc3339
from canvasapp.testing import build_intent, move, rectangle
from canvasapp.tests.conftest import crash, facts, replayed, submit


class Writer:
    """Appends to a canvas's log without a room, and can say what a checkpoint at any of its commits would write."""

    def __init__(self, canvas: str) -> None:
        self.state = CanvasState(canvas)

    def commit(self, *ops) -> None:
        draft = Draft(self.state, os.urandom(8).hex(), now_rfc3339())
        draft.add(build_intent(*ops, number=self.state.seq + 1))
        sealed = draft.seal()
        assert log.append(sealed) is log.Appended.DURABLE
        self.state.adopt(draft, sealed)

    def checkpoint(self) -> Checkpoint:
        state = self.state
        return Checkpoint(
            state.canvas_id, state.seq, state.hash, state.at, list(state.elements.values()), dict(state.clients)
        )


def stored(canvas: str, element_id: str) -> ElementItem:
    return ElementItem.get(canvas_key(canvas), element_key(element_id), consistent_read=True)


def test_cp1_a_canvas_without_a_head_record_is_none(table):
    with pytest.raises(NoSuchCanvas):
        checkpoint.load("nowhere")


def test_cp1_a_fresh_canvas_is_empty(canvas):
    assert facts(checkpoint.load(canvas)) == facts(CanvasState(canvas))


def test_cp2_an_older_checkpoint_never_replaces_a_newer(canvas):
    writer = Writer(canvas)
    writer.commit(rectangle("a"), rectangle("b"))
    old = writer.checkpoint()
    writer.commit(move("a", 1), rectangle("c"))
    new = writer.checkpoint()
    checkpoint.write(new)
    checkpoint.write(old)
    assert checkpoint.head_item(canvas).checkpoint_seq == 2
    assert [int(stored(canvas, element_id).seq) for element_id in "abc"] == [2, 1, 2]
    assert facts(checkpoint.load(canvas)) == facts(writer.state)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_cp2_checkpoints_of_several_servers_in_any_order(canvas, order):
    writer, made = Writer(canvas), []
    for place in range(3):
        writer.commit(*([rectangle("a"), rectangle("b")] if not place else [move("ab"[place - 1], place)]))
        made.append(writer.checkpoint())
    for place in order:
        checkpoint.write(made[place])
        assert facts(checkpoint.load(canvas)) == facts(writer.state)
    assert checkpoint.head_item(canvas).checkpoint_seq == 3


async def test_cp2_checkpoints_of_several_servers_at_once(canvas):
    writer, made = Writer(canvas), []
    writer.commit(*(rectangle(f"e{place}") for place in range(150)))
    for round_ in range(3):
        writer.commit(*(move(f"e{place}", round_) for place in range(0, 150, 7)))
        made.append(writer.checkpoint())
    await asyncio.gather(*(asyncio.to_thread(checkpoint.write, one) for one in made))
    assert facts(checkpoint.load(canvas)) == facts(writer.state)
    assert checkpoint.head_item(canvas).checkpoint_seq == 4


def test_cp5_elements_without_their_head_record(canvas):
    """The process died in the middle of writing."""
    writer = Writer(canvas)
    writer.commit(rectangle("a"), rectangle("b"), rectangle("c"))
    checkpoint.write(writer.checkpoint())
    writer.commit(move("a", 1), Delete("b"), Delete("c"))
    writer.commit(rectangle("d"), move("a", 2), Restore("c"))
    writer.commit(move("d", 3), move("c", 3))
    for batch in checkpoint._batches(writer.checkpoint()):
        checkpoint._write_elements(batch[:2])
    loaded = checkpoint.load(canvas)
    assert facts(loaded) == facts(writer.state)
    assert loaded.checkpoint_seq == 1


async def test_cp3_commits_after_the_last_checkpoint_are_in_the_next_one(canvas, open_room):
    """Also when another process made them: it may have died before writing them."""
    died = await open_room(canvas)
    await submit(died, rectangle("e1"), rectangle("e2"))
    await died._checkpoint()
    await submit(died, move("e1", 5))
    crash(died)
    heir = await open_room(canvas)
    await submit(heir, move("e2", 7))
    await heir.close()
    assert checkpoint.head_item(canvas).checkpoint_seq == 3
    assert facts(checkpoint.load(canvas)) == facts(replayed(canvas))


async def test_cp3_a_failed_checkpoint_is_made_up_for(canvas, open_room, monkeypatch):
    room = await open_room(canvas)
    await submit(room, rectangle("a"), rectangle("b"))
    write = checkpoint.write

    def failing(_):
        raise Unavailable("away")

    monkeypatch.setattr(checkpoint, "write", failing)
    with pytest.raises(Unavailable):
        await room._checkpoint()
    monkeypatch.setattr(checkpoint, "write", write)
    await submit(room, move("a", 1))
    await room.close()
    assert int(stored(canvas, "b").seq) == 1
    assert facts(checkpoint.load(canvas)) == facts(room.state)


def test_cp6_tombstones_expire_and_what_lives_does_not(canvas):
    writer = Writer(canvas)
    writer.commit(rectangle("a"), rectangle("b"))
    writer.commit(Delete("a"))
    checkpoint.write(writer.checkpoint())
    left = stored(canvas, "a").expires_at.timestamp() - time.time()
    assert left == pytest.approx(TOMBSTONE_LIFETIME.total_seconds(), abs=60)
    assert TOMBSTONE_LIFETIME.days == 30
    assert stored(canvas, "b").expires_at is None
    writer.commit(Restore("a"))
    checkpoint.write(writer.checkpoint())
    assert stored(canvas, "a").expires_at is None


def test_cp6_a_log_is_followed_after_its_tombstones_are_gone(canvas):
    writer = Writer(canvas)
    writer.commit(rectangle("a"), rectangle("b"))
    writer.commit(Delete("a"), Delete("b"))
    checkpoint.write(writer.checkpoint())
    keeper = checkpoint.load(canvas)
    stored(canvas, "a").delete()
    stored(canvas, "b").delete()
    writer.commit(Restore("a"), move("a", 1))
    loaded = checkpoint.load(canvas)
    assert loaded.elements == {"a": writer.state.elements["a"]}
    late = Writer(canvas)
    late.state = loaded
    late.commit(rectangle("b", 5))
    for sealed in log.scan(canvas, keeper.seq):
        keeper.replay(sealed)
    assert keeper.elements == late.state.elements == replayed(canvas).elements


def test_cp7_a_canvas_above_five_megabytes_loads_whole(canvas):
    writer = Writer(canvas)
    for place in range(20):
        # What does not compress: it is stored at about three quarters of its length.
        first, second = secrets.token_urlsafe(150_000), secrets.token_urlsafe(150_000)
        writer.commit(rectangle(f"one{place}", noise=first), rectangle(f"two{place}", noise=second))
        writer.commit(*(rectangle(f"small{place}-{number}") for number in range(20)))
    checkpoint.write(writer.checkpoint())
    assert checkpoint.head_item(canvas).checkpoint_seq == 40
    items = ElementItem.query(canvas_key(canvas), ElementItem.sk.startswith("ELEMENT#"))
    assert sum(len(item.body) for item in items) > 5 * 1024 * 1024
    loaded = checkpoint.load(canvas)
    assert loaded.live == 20 * 22
    assert facts(loaded) == facts(writer.state)


async def test_cp5_loading_is_right_at_every_moment(canvas, open_room, monkeypatch):
    """Loads in threads while two rooms write and make checkpoints as fast as they can."""
    monkeypatch.setattr("canvasapp.room.CHECKPOINT_SECONDS", 0.01)
    left, right = await open_room(canvas), await open_room(canvas)
    await submit(left, *(rectangle(f"e{place}") for place in range(120)))
    loads: list[CanvasState] = []
    stop = asyncio.Event()

    async def load() -> None:
        while not stop.is_set():
            loads.append(await asyncio.to_thread(checkpoint.load, canvas))

    async def write(room, name: str) -> None:
        for turn in range(60):
            own = f"{name}{turn}"
            await submit(
                room, rectangle(own), move(f"e{turn % 120}", turn), Update(f"e{turn * 2 % 120}", {"angle": turn})
            )
            if turn % 3 == 0:
                await submit(room, Delete(own))
            if turn % 6 == 0:
                await submit(room, Restore(own), move(own, turn))

    loaders = [asyncio.create_task(load()) for _ in range(2)]
    await asyncio.gather(write(left, "l"), write(right, "r"))
    stop.set()
    await asyncio.gather(*loaders)
    await asyncio.gather(left.close(), right.close())
    loads.append(checkpoint.load(canvas))
    expected = CanvasState(canvas)
    history = {0: facts(expected)}
    for sealed in log.scan(canvas, 0):
        expected.replay(sealed)
        history[expected.seq] = facts(expected) | {"elements": dict(expected.elements)}
    assert len({loaded.seq for loaded in loads}) > 5
    for loaded in loads:
        assert facts(loaded) == history[loaded.seq]
    assert loads[-1].checkpoint_seq == loads[-1].seq
