"""Several rooms on one real log, in any interleaving: all that hold the canvas agree in the end."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canvasapp import checkpoint, log
from canvasapp.exceptions import Refused, Repeated
from canvasapp.ops import Append, Delete, Op, Restore, Update
from canvasapp.room import Receipt, Room
from canvasapp.testing import build_intent, move, rectangle
from canvasapp.tests.conftest import Told, canvas_new, crash, facts, replayed

CLIENTS = ["ann", "ben", "cat"]
IDS = ["a", "b", "c"]


def some_op(draw: random.Random) -> Op:
    element_id = draw.choice(IDS)
    expect = {"expect": draw.randrange(6)} if draw.random() < 0.1 else {}
    kinds: list[Op] = [
        rectangle(element_id, draw.randrange(9)),
        move(element_id, draw.randrange(99), **expect),
        move(element_id, draw.randrange(99)),
        Update(element_id, {draw.choice(["properties.p", "properties.p.q"]): draw.choice([None, 1, {"q": 2}])}),
        Append(element_id, "properties.points", draw.randrange(4), [draw.randrange(9)]),
        Delete(element_id, **expect),
        Restore(element_id),
    ]
    return draw.choice(kinds)


class Simulation:
    """Two servers' rooms on one canvas. Every intent is remembered with what became of it."""

    def __init__(self, canvas: str, seed: int) -> None:
        self.canvas = canvas
        self.draw = random.Random(seed)
        self.rooms: list[Room] = []
        self.told = [Told(), Told()]
        self.numbers = dict.fromkeys(CLIENTS, 0)
        self.sent: dict[tuple[str, int], list[Op]] = {}
        self.durable: dict[tuple[str, int], int] = {}
        self.waiting: set[asyncio.Task[None]] = set()

    async def open(self, place: int) -> Room:
        self.told[place] = Told()
        return Room(await asyncio.to_thread(checkpoint.load, self.canvas), self.told[place])

    async def run(self, steps: list[str]) -> None:
        self.rooms = [await self.open(0), await self.open(1)]
        for step in steps:
            place = self.draw.randrange(2)
            await getattr(self, step)(place)
        await self.settle()

    def send(self, place: int, client: str, number: int) -> None:
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        intent = build_intent(*self.sent[client, number], client=client, user=client, number=number)
        try:
            self.rooms[place].submit(intent, done)
        except Refused:
            return
        task = asyncio.create_task(self.outcome(client, number, done))
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)

    async def outcome(self, client: str, number: int, done: asyncio.Future[Receipt]) -> None:
        try:
            receipt = await done
        except Repeated:
            return
        except Refused:
            return
        assert (client, number) not in self.durable, "committed twice"
        self.durable[client, number] = receipt.seq

    # Steps

    async def submit(self, place: int) -> None:
        client = self.draw.choice(CLIENTS)
        self.numbers[client] += 1
        self.sent[client, self.numbers[client]] = [some_op(self.draw) for _ in range(self.draw.randint(1, 3))]
        self.send(place, client, self.numbers[client])

    async def resend(self, place: int) -> None:
        if self.sent:
            self.send(place, *self.draw.choice(list(self.sent)))

    async def hint(self, place: int) -> None:
        """What one server committed reaches the other, late, early, twice or never."""
        others = [sealed for sealed in self.told[1 - place].commits if sealed.seq > self.rooms[place].state.seq]
        if others:
            self.rooms[place].notice(self.draw.choice(others[:3]))

    async def refresh(self, place: int) -> None:
        await self.rooms[place].refresh()

    async def drain(self, place: int) -> None:
        await self.rooms[place].drain()

    async def checkpoint(self, place: int) -> None:
        await self.rooms[place]._checkpoint()

    async def reopen(self, place: int) -> None:
        await self.rooms[place].close()
        self.rooms[place] = await self.open(place)

    async def die(self, place: int) -> None:
        """Killed between two commits, without a checkpoint."""
        await self.rooms[place].drain()
        crash(self.rooms[place])
        self.rooms[place] = await self.open(place)

    async def wait(self, place: int) -> None:
        await asyncio.sleep(self.draw.random() * 0.03)

    # The end

    async def settle(self) -> None:
        await asyncio.gather(*(room.drain() for room in self.rooms))
        await asyncio.gather(*self.waiting)
        await asyncio.gather(*(room.refresh() for room in self.rooms))
        truth = facts(await asyncio.to_thread(replayed, self.canvas))
        loaded = await asyncio.to_thread(checkpoint.load, self.canvas)
        assert [facts(room.state) for room in self.rooms] == [truth, truth]
        assert facts(loaded) == truth
        for room in self.rooms:
            await room.close()
        closed = await asyncio.to_thread(checkpoint.load, self.canvas)
        assert facts(closed) == truth
        assert closed.checkpoint_seq == closed.seq
        self.check_once()

    def check_once(self) -> None:
        """Each intent is in the log at most once, and where its receipt says."""
        found: dict[tuple[str, int], int] = {}
        for sealed in log.scan(self.canvas, 0):
            for entry in sealed.commit.entries:
                for number in range(entry.first if isinstance(entry.first, int) else entry.intent, entry.intent + 1):
                    assert (entry.client, number) not in found
                    found[entry.client, number] = sealed.seq
        assert found == found | self.durable


steps = st.sampled_from(
    ["submit"] * 10 + ["resend", "hint", "hint", "refresh", "drain", "checkpoint", "reopen", "die", "wait", "wait"]
)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=5, max_size=40), st.integers(0, 10_000))
def test_rm4_two_rooms_the_log_and_loading_agree(table, steps, seed):
    asyncio.run(Simulation(canvas_new(), seed).run(steps))


# Seeds that failed once stay here: 1 (elements lost after a server died between commit and checkpoint).
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rm4_long_runs(table, seed):
    draw = random.Random(seed)
    names = ["submit"] * 8 + ["resend", "hint", "hint", "refresh", "checkpoint", "reopen", "die", "wait"]
    simulation = Simulation(canvas_new(), seed)
    asyncio.run(simulation.run([draw.choice(names) for _ in range(150)]))
    assert len(simulation.durable) >= 10
