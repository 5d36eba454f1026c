"""The CH rules that need the stores, and TT6: from the archive to change records and snapshots."""

import uuid
from typing import Any

import pytest

from canvasapp.log import append
from canvasapp.ops import Delete
from canvasapp.services import canvas_create
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, rectangle
from history import archive, recording, timetravel
from history.changes import UNKNOWN
from history.documents import CanvasProgress, ChangeRecord, CommitArchive, ParkedRecord
from history.log import commits_between
from history.projection import project_items
from history.tests.conftest import drain
from projects.services import project_create


class Canvas:
    """A canvas whose commits go to the log and, when asked, to the archive."""

    def __init__(self, canvas_id: str) -> None:
        self.id = canvas_id
        self.state = CanvasState(canvas_id)

    def commit(self, *intents, at: str = "2026-01-02T03:04:05.000Z") -> None:
        draft = Draft(self.state, uuid.uuid4().hex, at)
        for intent in intents:
            draft.add(intent)
        sealed = draft.seal()
        append(sealed)
        self.state.adopt(draft, sealed)

    def archive(self) -> None:
        first = archive.archived_head(self.id) + 1
        archive.store([project_items(items) for _, items in commits_between(self.id, first, self.state.seq)])

    def drag(self, element: str, steps: int, gesture: str, user: str = "ada") -> None:
        for step in range(1, steps + 1):
            self.commit(
                build_intent(move(element, step), client=f"{user}-tab", user=user, number=step, gesture=gesture)
            )


@pytest.fixture
def canvas(table, mongo, alice) -> Canvas:
    project = project_create(name="Past", created_by=alice)
    return Canvas(canvas_create(project_id=project.id, name="Board", created_by=alice))


def records(canvas: Canvas) -> list[ChangeRecord]:
    return list(ChangeRecord.objects(canvas=canvas.id).order_by("first_seq", "element"))


def contents(canvas: Canvas) -> list[dict[str, Any]]:
    found = [record.to_mongo().to_dict() for record in records(canvas)]
    for record in found:
        del record["_id"]
    return found


@pytest.mark.django_db
def test_ch1_a_gesture_over_many_commits_and_batches_is_one_record(canvas):
    canvas.commit(build_intent(rectangle("a"), user="ada"))
    canvas.drag("a", 30, "g1")
    canvas.archive()
    recording.catch_up(canvas.id)
    canvas.commit(build_intent(move("a", 99), client="ada-tab", user="ada", number=31, gesture="g1"))
    canvas.archive()
    recording.catch_up(canvas.id)
    _, drag = records(canvas)
    assert (drag.first_seq, drag.last_seq, drag.element_type) == (2, 32, "rectangle")
    assert {v.path: (v.before, v.after) for v in drag.values}["position.x"] == ("0", "99")


@pytest.mark.django_db
def test_ch7_recording_again_changes_nothing_from_wherever_it_broke_off(canvas, monkeypatch):
    monkeypatch.setattr(recording, "COMMITS_AT_ONCE", 4)
    canvas.commit(build_intent(rectangle("a"), rectangle("b"), user="ada"))
    canvas.drag("a", 10, "g1")
    canvas.commit(build_intent(Delete("b"), user="bob"))
    canvas.archive()
    assert recording.catch_up(canvas.id) == 12
    once = contents(canvas)
    for reached in (0, 3, 7, 12):
        CanvasProgress.objects(canvas=canvas.id).update_one(set__changes_seq=reached)
        recording.catch_up(canvas.id)
        assert contents(canvas) == once
    assert [record["action"] for record in once] == ["create", "create", "update", "delete"]
    assert {record["project"] for record in once} != {""}


@pytest.mark.django_db
def test_ch8_a_commit_that_cannot_be_read_is_parked_and_later_ones_are_recorded(canvas):
    canvas.commit(build_intent(rectangle("a")))
    canvas.commit(build_intent(rectangle("b")))
    canvas.archive()
    CommitArchive.objects(canvas=canvas.id, seq=1).update_one(set__format=99)
    recording.catch_up(canvas.id)
    assert [(record.element, record.element_type) for record in records(canvas)] == [("b", "rectangle")]
    assert "format 99" in ParkedRecord.objects.get().error
    canvas.commit(build_intent(move("a", 1)))
    canvas.archive()
    recording.catch_up(canvas.id)
    assert records(canvas)[-1].element_type == UNKNOWN


@pytest.mark.django_db
def test_tt6_a_snapshot_each_so_many_commits_and_after_an_hour(canvas, monkeypatch):
    monkeypatch.setattr(recording, "SNAPSHOT_EVERY_COMMITS", 5)

    def snapshot_after(*, at: str, commits: int = 1) -> int | None:
        for _ in range(commits):
            canvas.commit(build_intent(rectangle(uuid.uuid4().hex)), at=at)
        canvas.archive()
        recording.catch_up(canvas.id)
        last = timetravel.last_snapshot(canvas.id)
        return last.seq if last else None

    assert snapshot_after(at="2026-01-02T03:00:00.000Z", commits=4) is None
    assert snapshot_after(at="2026-01-02T03:00:01.000Z") == 5
    assert snapshot_after(at="2026-01-02T03:59:00.000Z") == 5
    assert snapshot_after(at="2026-01-02T04:00:01.000Z") == 7


@pytest.mark.django_db
def test_ch7_the_worker_records_what_it_archives(worker, canvas):
    canvas.commit(build_intent(rectangle("a")))
    canvas.drag("a", 3, "g1")
    drain(worker)
    assert [record.action for record in records(canvas)] == ["create", "update"]
    assert worker.counts.recorded >= 4
