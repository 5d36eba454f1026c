"""The CH rules that need the stores, and TT6: from the archive to change records and snapshots."""

import uuid
from typing import Any

import pytest

from canvasapp.items import CommitItem, canvas_key, commit_key
from canvasapp.ops import Delete, Update
from canvasapp.testing import build_intent, move, rectangle
from history import recording, timetravel
from history.changes import UNKNOWN
from history.documents import CanvasProgress, ChangeRecord, CommitArchive, ParkedRecord, Snapshot
from history.tests.conftest import Canvas, drain


def records(board: Canvas) -> list[ChangeRecord]:
    return list(ChangeRecord.objects(canvas=board.id).order_by("first_seq", "element"))


def contents(board: Canvas) -> list[dict[str, Any]]:
    found = [record.to_mongo().to_dict() for record in records(board)]
    for record in found:
        del record["_id"]
    return found


@pytest.mark.django_db
def test_ch1_a_gesture_over_many_commits_and_batches_is_one_record(board):
    board.commit(build_intent(rectangle("a"), user="ada"))
    board.drag("a", 30, "g1")
    board.record()
    board.commit(build_intent(move("a", 99), client="ada-tab", user="ada", number=31, gesture="g1"))
    board.record()
    _, drag = records(board)
    assert (drag.first_seq, drag.last_seq, drag.element_type) == (2, 32, "rectangle")
    assert {v.path: (v.before, v.after) for v in drag.values}["position.x"] == ("0", "99")


@pytest.mark.django_db
def test_ch7_recording_again_changes_nothing_from_wherever_it_broke_off(board, monkeypatch):
    monkeypatch.setattr(recording, "COMMITS_AT_ONCE", 4)
    board.commit(build_intent(rectangle("a"), rectangle("b"), user="ada"))
    board.drag("a", 10, "g1")
    board.commit(build_intent(Delete("b"), user="bob"))
    board.archive()
    assert recording.catch_up(board.id) == 12
    once = contents(board)
    for reached in (0, 3, 7, 12):
        CanvasProgress.objects(canvas=board.id).update_one(set__changes_seq=reached)
        recording.catch_up(board.id)
        assert contents(board) == once
    assert [record["action"] for record in once] == ["create", "create", "update", "delete"]
    assert {record["project"] for record in once} != {""}


@pytest.mark.django_db
def test_ch8_a_commit_that_cannot_be_read_is_parked_and_later_ones_are_recorded(board):
    board.commit(build_intent(rectangle("a")))
    board.commit(build_intent(rectangle("b")))
    board.archive()
    CommitArchive.objects(canvas=board.id, seq=1).update_one(set__format=99)
    recording.catch_up(board.id)
    assert [(record.element, record.element_type) for record in records(board)] == [("b", "rectangle")]
    assert "format 99" in ParkedRecord.objects.get().error
    board.commit(build_intent(move("a", 1)))
    board.record()
    assert records(board)[-1].element_type == UNKNOWN


@pytest.mark.django_db
def test_tt6_a_snapshot_each_so_many_commits_and_after_an_hour(board, monkeypatch):
    monkeypatch.setattr(recording, "SNAPSHOT_EVERY_COMMITS", 5)

    def snapshot_after(*, at: str, commits: int = 1) -> int | None:
        for _ in range(commits):
            board.commit(build_intent(rectangle(uuid.uuid4().hex)), at=at)
        board.record()
        last = timetravel.last_snapshot(board.id)
        return last.seq if last else None

    assert snapshot_after(at="2026-01-02T03:00:00.000Z", commits=4) is None
    assert snapshot_after(at="2026-01-02T03:00:01.000Z") == 5
    assert snapshot_after(at="2026-01-02T03:59:00.000Z") == 5
    assert snapshot_after(at="2026-01-02T04:00:01.000Z") == 7


@pytest.mark.django_db
def test_ch7_the_worker_records_what_it_archives(worker, board):
    board.commit(build_intent(rectangle("a")))
    board.drag("a", 3, "g1")
    drain(worker)
    assert [record.action for record in records(board)] == ["create", "update"]
    assert worker.counts.recorded >= 4


@pytest.mark.django_db
def test_tt6_a_commit_that_nobody_has_any_more_costs_the_snapshot_and_not_the_worker(board, monkeypatch):
    monkeypatch.setattr(recording, "SNAPSHOT_EVERY_COMMITS", 5)
    for _ in range(5):
        board.commit(build_intent(rectangle(uuid.uuid4().hex)))
    board.archive()
    CommitArchive.objects(canvas=board.id, seq=2).delete()
    for seq in range(1, 6):
        CommitItem(canvas_key(board.id), commit_key(seq)).delete()
    assert recording.catch_up(board.id) == 4
    assert timetravel.last_snapshot(board.id) is None


@pytest.mark.django_db
def test_ch7_what_another_worker_folds_in_of_the_same_commits_meanwhile_loses_nothing(board, monkeypatch):
    board.commit(build_intent(rectangle("a"), user="ada"))
    board.drag("a", 6, "g1")
    board.archive()
    write = recording._write
    raced: list[bool] = []

    def raced_write(document, operations):
        if document is ChangeRecord and not raced:
            raced.append(True)
            with monkeypatch.context() as slower:
                slower.setattr(recording, "COMMITS_AT_ONCE", 3)
                slower.setattr(
                    recording, "_archived_after", lambda canvas, seq: archived(canvas, seq) if not seq else []
                )
                recording.catch_up(board.id)
        return write(document, operations)

    archived = recording._archived_after
    monkeypatch.setattr(recording, "_write", raced_write)
    recording.catch_up(board.id)
    assert raced
    _, drag = records(board)
    assert (drag.first_seq, drag.last_seq) == (2, 7)
    assert {v.path: (v.before, v.after) for v in drag.values}["position.x"] == ("0", "6")


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["the worker folds", "another remakes"])
def test_pk3_what_comes_into_a_record_while_another_writes_it_is_not_lost(board, monkeypatch, other):
    board.commit(build_intent(rectangle("a"), user="ada"))
    for number, path in enumerate(("x", "y", "z"), 1):
        own = build_intent(
            Update("a", {f"properties.{path}": number}), client="ada-tab", user="ada", number=number, gesture="g1"
        )
        board.commit(own)
    board.commit(build_intent(move("a", 9), client="ada-tab", user="ada", number=4, gesture="g1"))
    board.record()
    whole = contents(board)
    late = list(CommitArchive.objects(canvas=board.id, seq__in=[2, 3]).order_by("seq"))
    last = CommitArchive.objects(canvas=board.id, seq=board.state.seq).get()
    for collection in (ChangeRecord, CanvasProgress):
        collection.objects.delete()
    for kept in (*late, last):
        kept.delete()
    recording.catch_up(board.id)  # as if these three were not there yet

    write = recording._write
    raced: list[bool] = []

    def raced_write(document, operations):
        if document is ChangeRecord and not raced:
            raced.append(True)
            late[0].save(force_insert=True)
            recording.record_late(board.id, 2)
        return write(document, operations)

    if other == "the worker folds":
        last.save(force_insert=True)
        monkeypatch.setattr(recording, "_write", raced_write)
        recording.catch_up(board.id)
        late[1].save(force_insert=True)
        recording.record_late(board.id, 3)
    else:
        late[1].save(force_insert=True)
        monkeypatch.setattr(recording, "_write", raced_write)
        recording.record_late(board.id, 3)
        last.save(force_insert=True)
        recording.catch_up(board.id)
    assert raced
    assert contents(board) == whole


@pytest.mark.django_db
def test_tt6_snapshots_stand_at_the_same_commits_however_these_come(board, monkeypatch):
    monkeypatch.setattr(recording, "SNAPSHOT_EVERY_COMMITS", 3)
    for _ in range(10):
        board.commit(build_intent(rectangle(uuid.uuid4().hex)))
    board.record()
    assert Snapshot.objects(canvas=board.id).distinct("seq") == [3, 6, 9]
