"""AR7 and CH8 of history/SPEC.md: whatever one stored commit is like, the worker goes on with the next one."""

import uuid
from typing import Any

import bson
import msgspec
import pytest

from canvasapp.commits import Commit, Entry, chain, pack
from canvasapp.items import HEAD_SK, canvas_key, commit_key
from canvasapp.ops import Update
from canvasapp.testing import build_intent, move, rectangle
from history import recording, timetravel
from history.changes import MAX_RECORD_BYTES
from history.documents import CanvasProgress, ChangeRecord, CommitArchive, ParkedRecord, Snapshot
from history.tests.conftest import drain

AT = "2026-01-02T03:04:05Z"


def entry(**changes) -> Entry:
    fields: dict[str, Any] = {
        "client": "tab",
        "user": "ada",
        "intent": 0,
        "ops": [Update("e1", {"position.x": 1})],
        "before": [{}],
    }
    return Entry(**fields | changes)


def stored(canvas: str, seq: int, /, **changes) -> dict[str, bytes]:
    """The stored body of a commit that has the given faults."""
    fields: dict[str, Any] = {
        "canvas": canvas,
        "seq": seq,
        "id": "i",
        "at": AT,
        "entries": [entry()],
        "versions": {"e1": seq},
    }
    return {"B": pack(msgspec.json.encode(Commit(**fields | changes)))}


def parked(canvas: str) -> dict[str, str]:
    return {kept.item_sk: kept.error for kept in ParkedRecord.objects(item_pk=canvas_key(canvas))}


UNREADABLE: dict[str, dict[str, Any]] = {
    "no time at all": {"at": "soon"},
    "a time of no zone": {"at": "2026-01-02T03:04:05"},
    "a time before all time": {"at": "0001-01-01T00:00:00+14:00"},
    "another time than its item": {"at": "2026-01-02T03:04:06Z"},
    "another canvas": {"canvas": "another"},
    "another number": {"seq": 7},
    "a number beyond what is stored": {"seq": 2**64 - 1},
    "less replaced than done": {"entries": [entry(before=[])]},
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_ch8_a_body_with_a_fault_costs_its_own_change_records_only(worker, canvas, put_raw, fault):
    put_raw(canvas, 1, body=stored(canvas, 1))
    put_raw(canvas, 2, body=stored(canvas, 2, **UNREADABLE[fault]))
    put_raw(canvas, 3, body=stored(canvas, 3))
    drain(worker)
    assert [kept.seq for kept in CommitArchive.objects(canvas=canvas).order_by("seq")] == [1, 2, 3]
    assert CanvasProgress.objects(canvas=canvas).get().changes_seq == 3
    assert {int(record.last_seq) for record in ChangeRecord.objects(canvas=canvas)} == {1, 3}
    assert list(parked(canvas)) == [commit_key(2)]
    assert "no change records" in parked(canvas)[commit_key(2)]
    assert ChangeRecord.objects(canvas="another").count() == 0


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_ar7_a_time_that_no_calendar_has_is_poison(worker, canvas, put_raw, at):
    put_raw(canvas, 1, at={"S": at})
    put_raw(canvas, 2)
    drain(worker)
    assert list(parked(canvas)) == [commit_key(1)]
    assert [kept.seq for kept in CommitArchive.objects(canvas=canvas)] == [2]


def test_ar7_a_commit_too_large_for_a_document_is_poison(worker, canvas, put_raw):
    """The log's writer cannot make one: a transaction holds 4 MB."""
    piece = {"B": b"\x00" + uuid.uuid4().bytes * 24_000}
    for part in range(1, 50):
        put_raw(canvas, 1, SK={"S": f"{commit_key(1)}#{part:03d}"}, kind={"S": "commit-part"}, body=piece)
    put_raw(canvas, 1, parts={"N": "50"}, body=piece)
    put_raw(canvas, 2)
    drain(worker)
    assert "bytes" in parked(canvas)[commit_key(1)]
    assert [kept.seq for kept in CommitArchive.objects(canvas=canvas)] == [2]


@pytest.mark.parametrize(
    "changes", [{"project_id": {"N": "1"}}, {"kind": {"S": "tea"}}, {"checkpoint_seq": {"S": "x"}}, {"name": None}]
)
def test_ch8_a_head_record_that_cannot_be_read_is_as_good_as_none(worker, canvas, put_raw, changes):
    head: dict[str, Any] = dict.fromkeys(("seq", "commit_id", "at", "hash", "format", "parts", "body")) | {
        "SK": {"S": HEAD_SK},
        "kind": {"S": "canvas"},
        "project_id": {"S": "p"},
        "name": {"S": "n"},
        "created_at": {"S": AT},
        "created_by": {"S": "1"},
    }
    put_raw(canvas, 1, **head | changes)
    put_raw(canvas, 1, body=stored(canvas, 1))
    drain(worker)
    assert CanvasProgress.objects(canvas=canvas).get().changes_seq == 1


def test_ch3_a_gesture_without_end_over_ever_new_properties_stays_a_record_that_can_be_kept(board):
    board.commit(build_intent(rectangle("e1")))
    for step in range(10):
        made = {f"properties.{'p' * 50}{step}_{place}": 1 for place in range(1_000)}
        board.commit(build_intent(Update("e1", made), gesture="g", number=2 * step + 1))
        board.commit(build_intent(Update("e1", dict.fromkeys(made)), gesture="g", number=2 * step + 2))
    board.record()
    record = ChangeRecord.objects(canvas=board.id, gesture="g").get()
    assert record.last_seq == 21
    assert len(bson.encode(record.to_mongo())) < 3 * MAX_RECORD_BYTES


class TestSnapshots:
    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch):
        monkeypatch.setattr(recording, "SNAPSHOT_EVERY_COMMITS", 3)

    @pytest.fixture
    def replays(self, monkeypatch) -> list[int]:
        """The moments that the worker tried to make a snapshot of."""
        tried: list[int] = []
        state_at = timetravel.state_at

        def counted(canvas, seq):
            tried.append(seq)
            return state_at(canvas, seq)

        monkeypatch.setattr(timetravel, "state_at", counted)
        return tried

    def test_tt6_after_a_commit_that_cannot_be_replayed_it_is_not_tried_with_each_batch(
        self, worker, canvas, put_raw, replays
    ):
        """The hash is wrong, so that no state after it can be made."""
        for seq in range(1, 8):
            put_raw(canvas, seq, body=stored(canvas, seq))
            drain(worker)
        assert replays == [3, 6]
        assert CanvasProgress.objects(canvas=canvas).get().changes_seq == 7

    def test_tt6_an_op_without_its_version_costs_the_snapshot_only(self, worker, board, put_raw):
        board.commit(build_intent(rectangle("e1")))
        board.commit(build_intent(move("e1", 1)))
        body = msgspec.json.encode(Commit(canvas=board.id, seq=3, id="i", at=AT, entries=[entry()], versions={}))
        put_raw(board.id, 3, body={"B": pack(body)}, hash={"S": chain(board.state.hash, body).hex()})
        drain(worker)
        assert CanvasProgress.objects(canvas=board.id).get().changes_seq == 3
        assert Snapshot.objects(canvas=board.id).count() == 0
