"""Past states: of a canvas long after its snapshot, of one with many; what a snapshot costs; commits for the player."""

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from bench.history.figures import TIMES, Times, table
from canvasapp import log
from canvasapp.commits import Sealed, pack
from canvasapp.ops import Op, Update
from canvasapp.services import canvas_create
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, note, rectangle, typed
from history import archive, timetravel
from history.documents import Snapshot
from history.projection import ArchivedCommit
from history.recording import SNAPSHOT_EVERY_COMMITS
from projects.models import User
from projects.testing import Api

BEGIN = datetime(2026, 8, 1, tzinfo=UTC)
AT_ONCE = 500  # of what is archived, or made on one commit
STYLE: dict[str, Any] = {
    "strokeColor": "#1e1e1e",
    "backgroundColor": "#ffec99",
    "strokeWidth": 2,
    "roughness": 1,
    "opacity": 100,
}


@dataclass(frozen=True)
class Bench:
    api: Api
    user: User
    project: str
    elements: int
    long: int
    repeats: int

    def canvas(self, name: str) -> str:
        return canvas_create(project_id=self.project, name=name, created_by=self.user)


class Life:
    """A canvas that people move things on, and restyle and type on; every sixth element is a text."""

    def __init__(self, canvas: str, elements: int, seed: int = 3) -> None:
        self.random = random.Random(seed)
        self.state = CanvasState(canvas)
        self.waiting: list[Sealed] = []
        for start in range(0, elements, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, elements))
            self.commit(*(self._made(number) for number in numbers))
        self.elements = elements

    def _made(self, number: int) -> Op:
        name = f"element-{number:012d}"
        return note(name, "Some words of a note", **STYLE) if number % 6 == 0 else rectangle(name, number, **STYLE)

    def commit(self, *ops: Op) -> Sealed:
        at = BEGIN + timedelta(seconds=self.state.seq)
        draft = Draft(self.state, uuid.uuid4().hex, at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        draft.add(build_intent(*ops, user=f"user-{self.random.randrange(5)}", gesture=f"g{self.state.seq // 3}"))
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        self.state.unwritten.clear()
        self.waiting.append(sealed)
        return sealed

    def go_on(self) -> Sealed:
        place = self.random.randrange(self.elements)
        element = self.state.elements[f"element-{place:012d}"]
        kind = self.random.random()
        if place % 6 == 0 and kind < 0.4:
            return self.commit(typed(element, f"Other words {self.state.seq}"))
        if kind < 0.7:
            return self.commit(move(element.id, self.random.randrange(9_000), self.random.randrange(9_000)))
        colour = f"#{self.random.randrange(16**6):06x}"
        return self.commit(Update(element.id, {"properties.strokeColor": colour}))

    def archive(self) -> None:
        for start in range(0, len(self.waiting), AT_ONCE):
            archive.store([_archived(sealed) for sealed in self.waiting[start : start + AT_ONCE]])
        self.waiting.clear()


def _archived(sealed: Sealed) -> ArchivedCommit:
    commit = sealed.commit
    moment = datetime.fromisoformat(commit.at)
    body = pack(sealed.body)
    return ArchivedCommit(commit.canvas, commit.seq, commit.id, commit.at, moment, sealed.hash.hex(), 1, 1, (body,), ())


def measure_past(bench: Bench) -> None:
    life = Life(bench.canvas("Past"), bench.elements)
    canvas = life.state.canvas_id
    life.archive()
    timetravel.snapshot_write(life.state)
    first = life.state.seq
    for _number in range(bench.elements // 2):
        life.go_on()
    life.archive()
    head = life.state.seq
    rows = []
    for behind in (0, 1_000, bench.elements // 2):
        seq = min(head, first + behind)
        state, answer = Times(), Times()
        for _repeat in range(bench.repeats):
            state.of(partial(timetravel.state_at, canvas, seq))
            told = answer.of(partial(bench.api.get, f"canvases/{canvas}/at/?seq={seq}"))
        assert told.status_code == 200, told.content
        rows.append([f"state_at, {seq - first} commits after the snapshot", *state.row(), ""])
        rows.append(["the same through REST, as JSON", *answer.row(), len(told.content)])
    wanted = timetravel.state_at(canvas, head)
    assert msgspec.to_builtins(wanted.live_elements()) == msgspec.to_builtins(life.state.live_elements())
    table(f"A past state of {bench.elements} elements", ["what", *TIMES, "bytes"], rows)


def _snapshot_again(canvas: str, seq: int) -> None:
    timetravel.snapshot_write(timetravel.state_at(canvas, seq))


def measure_snapshots(bench: Bench) -> None:
    rows = []
    for count in (bench.elements, 5 * bench.elements):
        life = Life(uuid.uuid4().hex, count)
        write = Times()
        for _ in range(bench.repeats):
            write.of(partial(timetravel.snapshot_write, life.state))
        stored = sum(len(part.body) for part in Snapshot.objects(canvas=life.state.canvas_id))
        life.archive()
        for _ in range(SNAPSHOT_EVERY_COMMITS):
            life.go_on()
        life.archive()
        due = Times()
        for _ in range(bench.repeats):
            due.of(partial(_snapshot_again, life.state.canvas_id, life.state.seq))
            Snapshot.objects(canvas=life.state.canvas_id, seq=life.state.seq).delete()
        rows.append([f"write one of {count} elements", *write.row(), stored])
        rows.append([f"make it {SNAPSHOT_EVERY_COMMITS} commits after the last: the worker's pause", *due.row(), ""])
    table("Snapshots", ["what", *TIMES, "bytes"], rows)

    life = Life(bench.canvas("Long"), bench.elements)
    for _ in range(bench.long - life.state.seq):
        if life.go_on().seq % SNAPSHOT_EVERY_COMMITS == 0:
            life.archive()
            timetravel.snapshot_write(life.state)
    life.archive()
    canvas = life.state.canvas_id
    state, answer, moments = Times(), Times(), Times()
    chance = random.Random(5)
    for _ in range(8 * bench.repeats):
        seq = chance.randrange(1, bench.long + 1)
        state.of(partial(timetravel.state_at, canvas, seq))
        answer.of(partial(bench.api.get, f"canvases/{canvas}/at/?seq={seq}"))
        moments.of(partial(timetravel.seq_at, canvas, BEGIN + timedelta(seconds=seq)))
    rows = [
        ["state_at", *state.row()],
        ["through REST, as JSON", *answer.row()],
        ["which commit a time means", *moments.row()],
    ]
    table(f"Any moment of {bench.long} commits on {bench.elements} elements", ["what", *TIMES], rows)


def measure_commits(bench: Bench) -> None:
    """From the log: DynamoDB Local answers, as it does on one machine."""
    life = Life(bench.canvas("Played"), min(bench.elements, 1_000))
    for sealed in [*life.waiting, *(life.go_on() for _ in range(1_000))]:
        log.append(sealed)
    rows = []
    for limit in (100, 500, 1_000):
        times = Times()
        for _repeat in range(bench.repeats):
            found = times.of(partial(_pages, bench.api, life.state.canvas_id, life.state.seq - 1_000, limit))
        rows.append([f"in pages of {limit}", *times.row(), len(found), sum(size for size, _ in found)])
    table("1 000 commits for the player", ["what", *TIMES, "pages", "bytes"], rows)


def _pages(api: Api, canvas: str, since: int, limit: int) -> list[tuple[int, int]]:
    """Of each page its bytes and commits."""
    following: int | None = since
    pages: list[tuple[int, int]] = []
    while following is not None:
        answer: Any = api.get(f"canvases/{canvas}/commits/?since={following}&limit={limit}")
        assert answer.status_code == 200, answer.content
        page = answer.json()
        pages.append((len(answer.content), len(page["results"])))
        following = int(page["next"]) if page["next"] is not None else None
    assert sum(found for _, found in pages) == 1_000
    return pages
