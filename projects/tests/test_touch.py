import datetime as dt

import pytest

from projects.items import CanvasEntry, project_key
from projects.selectors import project_get
from projects.services import canvas_touched, project_purge

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@pytest.fixture
def board(lighthouse):
    entry = CanvasEntry.build(lighthouse, "board", name="Board", created_at=NOW, updated_at=NOW, created_by="maker")
    entry.save()
    return entry


def touch(project_id, seconds, by):
    canvas_touched(project_id=project_id, canvas_id="board", at=NOW + dt.timedelta(seconds=seconds), by=by)


def test_the_last_change_is_noted_and_an_older_one_never_replaces_it(lighthouse, board):
    touch(lighthouse, 10, "bob")
    touch(lighthouse, 5, "alice")
    board.refresh(consistent_read=True)
    assert (board.updated_at, board.changed_by) == (NOW + dt.timedelta(seconds=10), "bob")


def test_a_project_follows_at_most_once_a_minute(lighthouse, board):
    for seconds, by in ((0, "alice"), (30, "bob"), (60, "bob"), (61, "charlie")):
        touch(lighthouse, seconds, by)
    project = project_get(project_id=lighthouse)
    assert (project.changed_at, project.changed_by) == (NOW + dt.timedelta(seconds=61), "charlie")
    assert project.latest_canvas == "board"


def test_a_late_note_brings_nothing_back(lighthouse, board):
    project_purge(project_id=lighthouse)
    touch(lighthouse, 10, "bob")
    assert list(CanvasEntry.query(project_key(lighthouse), consistent_read=True)) == []
