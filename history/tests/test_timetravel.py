"""The TT rules of history/SPEC.md: past states are exact, whatever snapshots there are, however far the archive is."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from canvasapp.commits import Sealed
from canvasapp.exceptions import LogCorrupt
from canvasapp.items import CommitItem, canvas_key, commit_key
from canvasapp.log import append
from canvasapp.ops import Delete, Restore, Update
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, rectangle
from history import archive, timetravel
from history.documents import CommitArchive, Snapshot
from history.log import commits_between
from history.projection import project_items
from history.tests.conftest import Canvas

STEPS = 40


class Past:
    """A canvas with a random life in the real log, and its live elements after each commit."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.canvas = uuid.uuid4().hex
        self.state = CanvasState(self.canvas)
        self.states: list[list[dict[str, Any]]] = [[]]
        self.sealed: list[Sealed] = []
        for step in range(STEPS):
            self._commit(f"2026-03-01T10:00:{step:02d}.000Z")

    def _commit(self, at: str) -> None:
        draft = Draft(self.state, uuid.uuid4().hex, at)
        for number in range(self.random.randint(1, 3)):
            draft.add(build_intent(*self._ops(draft, number), user=self.random.choice(["ada", "bob"])))
        sealed = draft.seal()
        append(sealed)
        self.state.adopt(draft, sealed)
        self.sealed.append(sealed)
        self.states.append(seen(self.state))

    def _ops(self, draft: Draft, number: int):
        known = sorted(self.state.elements)
        element = self.random.choice(known) if known else ""
        current = draft.current(element)
        if current is None or self.random.random() < 0.2:
            return [rectangle(f"e{self.state.seq}-{number}", x=self.random.random())]
        if current.deleted:
            return [Restore(element)]
        return [
            self.random.choice(
                [
                    Delete(element),
                    move(element, self.random.randint(0, 99)),
                    Update(element, {"properties.note": {"deep": [self.random.random()]}}),
                ]
            )
        ]

    def archive(self, first: int, last: int) -> None:
        archive.store([project_items(items) for _, items in commits_between(self.canvas, first, last)])


def seen(state: CanvasState) -> list[dict[str, Any]]:
    return sorted((msgspec.to_builtins(element) for element in state.live_elements()), key=lambda e: e["id"])


@pytest.fixture
def past(table, mongo, request) -> Past:
    return Past(getattr(request, "param", 1))


@pytest.mark.parametrize("past", [1, 2], indirect=True)
@pytest.mark.parametrize("archived", [0, 25, STEPS])
@pytest.mark.parametrize("snapshots", [(), (1, 20, STEPS)])
def test_tt1_every_past_state_equals_the_replay_of_the_log(past, archived, snapshots):
    if archived:
        past.archive(1, archived)
    for seq in snapshots:
        timetravel.snapshot_write(timetravel.state_at(past.canvas, seq))
    for seq in range(STEPS + 1):
        assert seen(timetravel.state_at(past.canvas, seq)) == past.states[seq], f"seq {seq}"


@pytest.mark.parametrize("past", [3], indirect=True)
@pytest.mark.parametrize("part_bytes", [300, timetravel.PART_BYTES])
def test_tt1_wherever_the_snapshot_is_and_however_many_parts_it_has(past, part_bytes, monkeypatch):
    monkeypatch.setattr(timetravel, "PART_BYTES", part_bytes)
    past.archive(1, STEPS)
    for seq in range(1, STEPS + 1):
        timetravel.snapshot_write(timetravel.state_at(past.canvas, seq))
        for later in {seq, min(STEPS, seq + 1), STEPS}:
            assert seen(timetravel.state_at(past.canvas, later)) == past.states[later], f"{later} from {seq}"
        Snapshot.objects(canvas=past.canvas, part=0).delete()


@pytest.mark.parametrize("past", [4], indirect=True)
@pytest.mark.parametrize("seed", range(5))
def test_tt1_what_the_archive_lacks_is_read_from_the_log(past, seed):
    past.archive(1, STEPS)
    chance = random.Random(seed)
    holes = chance.sample(range(1, STEPS + 1), chance.randint(1, STEPS))
    CommitArchive.objects(canvas=past.canvas, seq__in=holes).delete()
    for seq in range(STEPS + 1):
        assert seen(timetravel.state_at(past.canvas, seq)) == past.states[seq], f"seq {seq} without {sorted(holes)}"


def test_tt1_what_neither_has_is_refused_and_states_before_it_are_told(past):
    past.archive(1, STEPS)
    CommitArchive.objects(canvas=past.canvas, seq=9).delete()
    CommitItem(canvas_key(past.canvas), commit_key(9)).delete()
    assert seen(timetravel.state_at(past.canvas, 8)) == past.states[8]
    for seq in (9, 10, STEPS):
        with pytest.raises(LogCorrupt):
            timetravel.state_at(past.canvas, seq)
    timetravel.snapshot_write(past.state)
    assert seen(timetravel.state_at(past.canvas, STEPS)) == past.states[STEPS]


def test_tt2_a_past_state_continues_the_chain_of_hashes(past):
    past.archive(1, 30)
    timetravel.snapshot_write(timetravel.state_at(past.canvas, 10))
    assert timetravel.state_at(past.canvas, 38).hash == past.sealed[37].hash


def test_tt2_a_changed_commit_is_found_out(past):
    past.archive(1, STEPS)
    other = CommitArchive.objects(canvas=past.canvas, seq=5).first()
    CommitArchive.objects(canvas=past.canvas, seq=6).update_one(set__body=other.body)
    with pytest.raises(LogCorrupt):
        timetravel.state_at(past.canvas, 8)
    assert timetravel.state_at(past.canvas, 5).seq == 5


def test_tt3_a_time_means_the_last_commit_not_after_it(past):
    start = datetime.fromisoformat("2026-03-01T10:00:00Z")
    for archived in (0, 20, STEPS):
        if archived:
            past.archive(1, archived)
        for second in (-1, 0, 1, 19, 20, 21, STEPS - 1, STEPS + 100):
            expected = min(STEPS, max(0, second + 1))
            assert timetravel.seq_at(past.canvas, start + timedelta(seconds=second)) == expected
            between = start + timedelta(seconds=second, milliseconds=500)
            assert timetravel.seq_at(past.canvas, between) == expected


MOMENT = datetime.fromisoformat("2026-03-01T10:00:00Z")


@pytest.mark.parametrize("seed", range(8))
def test_tt3_of_commits_of_one_time_the_last_is_meant_whatever_is_archived(table, mongo, canvas, seed):
    chance = random.Random(seed)
    board = Canvas(canvas)
    seconds = sorted(chance.choices(range(6), k=14))
    for number, second in enumerate(seconds):
        board.commit(build_intent(rectangle(f"e{number}")), at=f"2026-03-01T10:00:0{second}.000Z")
    board.archive()
    holes = chance.sample(range(1, len(seconds) + 1), chance.randint(0, len(seconds)))
    CommitArchive.objects(canvas=canvas, seq__in=holes).delete()
    for asked in range(-1, 7):
        expected = sum(second <= asked for second in seconds)
        assert timetravel.seq_at(canvas, MOMENT + timedelta(seconds=asked)) == expected, (asked, seconds, holes)


def test_tt3_where_a_commit_is_lost_the_one_before_it_is_meant(past):
    past.archive(1, STEPS)
    CommitArchive.objects(canvas=past.canvas, seq=9).delete()
    CommitItem(canvas_key(past.canvas), commit_key(9)).delete()
    assert timetravel.seq_at(past.canvas, MOMENT + timedelta(seconds=8)) == 8


def test_tt4_a_state_that_never_was_is_refused(past):
    with pytest.raises(timetravel.NoSuchCommit, match=f"no commit {STEPS + 1}"):
        timetravel.state_at(past.canvas, STEPS + 1)


def test_tt5_a_large_snapshot_is_kept_in_parts_and_counts_once_whole(past, monkeypatch):
    monkeypatch.setattr(timetravel, "PART_BYTES", 100)
    timetravel.snapshot_write(timetravel.state_at(past.canvas, 30))
    assert Snapshot.objects(canvas=past.canvas).count() > 3
    assert seen(timetravel.state_at(past.canvas, 35)) == past.states[35]
    Snapshot.objects(canvas=past.canvas, part=0).delete()
    assert timetravel.last_snapshot(past.canvas) is None
    assert seen(timetravel.state_at(past.canvas, 35)) == past.states[35]


@pytest.mark.parametrize("past", [5], indirect=True)
@pytest.mark.parametrize(
    ("part", "damage"),
    [
        (0, {"set__format": timetravel.FORMAT + 1}),
        (0, {"set__body": b"no deflated JSON"}),
        (0, {"set__hash": "no hash"}),
        (1, {"set__body": b"x"}),
        (1, None),
        (2, None),
    ],
)
def test_tt5_a_snapshot_that_is_not_whole_or_not_readable_is_passed_over(past, part, damage, monkeypatch):
    timetravel.snapshot_write(timetravel.state_at(past.canvas, 10))
    monkeypatch.setattr(timetravel, "PART_BYTES", 100)
    timetravel.snapshot_write(timetravel.state_at(past.canvas, 30))
    kept = Snapshot.objects(canvas=past.canvas, seq=30, part=part)
    assert kept.count() == 1
    if damage:
        kept.update_one(**damage)
    else:
        kept.delete()
    assert timetravel.snapshot_before(past.canvas, 35).seq == 10
    assert seen(timetravel.state_at(past.canvas, 35)) == past.states[35]
