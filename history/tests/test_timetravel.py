"""The TT rules of history/SPEC.md: past states are exact, whatever snapshots there are, however far the archive is."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from canvasapp.commits import Sealed
from canvasapp.exceptions import LogCorrupt
from canvasapp.log import append
from canvasapp.ops import Delete, Restore, Update
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, rectangle
from history import archive, timetravel
from history.documents import CommitArchive, Snapshot
from history.log import commits_between
from history.projection import project_items

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
