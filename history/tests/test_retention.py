"""The RE rules of history/SPEC.md: what a project does not keep is told to nobody, and goes."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from canvasapp.services import canvas_create, canvas_purge
from canvasapp.testing import build_intent, move, rectangle
from history import retention, timetravel
from history.documents import CanvasProgress, ChangeRecord, CommitArchive, Snapshot
from history.tests.conftest import Canvas
from history.tests.stores import mongodb_away
from projects.access import Role
from projects.services import member_add, project_archive, project_limit_history
from projects.testing import Api, assert_problem

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]

TODAY = datetime.now(UTC)


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def long(board: Canvas, alice) -> Canvas:
    """Commits of 50, 40, 30, 20, 10 and 1 days ago; the boundary of 25 days is after commit 3."""
    ada = str(alice.pk)
    board.commit(build_intent(rectangle("a", secret="old"), rectangle("z"), user=ada), at=days_ago(50))
    for x, days in enumerate((40, 30, 20, 10, 1), start=1):
        board.commit(build_intent(move("a", x), user=ada), at=days_ago(days))
    board.record()
    return board


@pytest.fixture
def kept(long: Canvas, project) -> Canvas:
    project_limit_history(project_id=project.id, days=25)
    return long


def forgotten(answer: Any) -> None:
    assert_problem(answer, 410, "forgotten")


def told(api: Api, kept: Canvas, project) -> list[int]:
    """Looks at everything that tells of the past; the last commits of the change records that are told."""
    history, canvas = f"projects/{project.id}/history/", f"canvases/{kept.id}"
    for old in (0, 1, 2):
        forgotten(api.get(f"{canvas}/at/?seq={old}"))
        forgotten(api.get(f"{canvas}/at/thumbnail.svg?seq={old}"))
        forgotten(api.post(f"{canvas}/restore/", {"seq": old, "dry_run": True}))
        forgotten(api.get(f"{canvas}/elements/a/blame/?seq={old}"))
        forgotten(api.post(f"{canvas}/versions/", {"name": "x", "seq": old}))
        forgotten(api.get(f"{canvas}/commits/?since={old}"))
    forgotten(api.get(f"{canvas}/at/?time={days_ago(35)}"))
    forgotten(api.post(f"{canvas}/revert/", {"to_seq": 3, "dry_run": True}))
    forgotten(api.post(f"{canvas}/revert/", {"until": days_ago(26), "dry_run": True}))
    assert api.get(f"{canvas}/at/?seq=3").json()["elements"][0]["position"]["x"] == 2
    assert api.get(f"{canvas}/at/?time={days_ago(25)}").json()["seq"] == 3
    assert [row["seq"] for row in api.get(f"{canvas}/commits/?since=3").json()["results"]] == [4, 5, 6]
    # Chosen without bounds, it is what is told that is taken back: to what stood when the told time began.
    assert api.post(f"{canvas}/revert/", {"elements": ["a"], "dry_run": True}).json()["changed"] == 1
    blame = api.get(f"{canvas}/elements/a/blame/").json()
    assert blame["created"] is None
    assert {row["path"]: row["seq"] for row in blame["properties"]} == {
        "position.x": 6,
        "position.y": 6,
        "dimensions.width": None,
        "dimensions.height": None,
        "angle": None,
        "index": None,
        "properties.secret": None,
    }
    assert {row["user"] and row["at"] for row in blame["properties"]} == {None, days_ago(1)}
    unchanged = api.get(f"{canvas}/elements/z/blame/").json()["properties"]
    assert {(row["user"], row["at"], row["seq"]) for row in unchanged} == {(None, None, None)}
    listed = [row["last_seq"] for row in api.get(history).json()["results"]]
    for asked in (f"since={days_ago(60)}", f"canvas={kept.id}", "element=a", "action=update"):
        assert [row["last_seq"] for row in api.get(f"{history}?{asked}").json()["results"]] == listed
    for asked in (f"until={days_ago(26)}", "element=z", "action=create"):
        assert api.get(f"{history}?{asked}").json()["results"] == []
        assert api.get(f"{history}counts/?{asked}").json()["results"] == []
    assert sum(row["changes"] for row in api.get(f"{history}counts/").json()["results"]) == len(listed)
    active = api.get(f"{canvas}/activity/?head=6&stretches=6").json()["results"]
    assert [row["from_seq"] for row in active] == [4, 5, 6]
    exported = b"".join(api.get(f"{history}export/?as=jsonl&since={days_ago(60)}")).decode()
    assert len(exported.splitlines()) == len(listed)
    assert "secret" not in exported
    return listed


def test_re1_nothing_older_is_told_anywhere_from_that_moment_on(kept, project, alice):
    assert told(Api(alice), kept, project) == [6, 5, 4]


def test_re1_what_was_seen_before_is_told_again_once_it_is_kept_for_longer(kept, project, alice):
    project_limit_history(project_id=project.id, days=None)
    assert Api(alice).get(f"canvases/{kept.id}/at/?seq=1").status_code == 200
    assert len(Api(alice).get(f"projects/{project.id}/history/").json()["results"]) == 7


def test_re1_a_page_in_hand_leads_nowhere_older(long, project, alice):
    url = f"projects/{project.id}/history/?limit=4"
    following = Api(alice).get(url).json()["next"]
    project_limit_history(project_id=project.id, days=25)
    assert Api(alice).get(f"{url}&cursor={following}").json()["results"] == []


def enforce(*arguments: str) -> str:
    out = StringIO()
    call_command("enforce_retention", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def counts(canvas: Canvas) -> tuple[list[int], list[int], list[int]]:
    kinds = ((ChangeRecord, "last_seq"), (CommitArchive, "seq"), (Snapshot, "seq"))
    one, two, three = (sorted(int(row[name]) for row in kind.objects(canvas=canvas.id)) for kind, name in kinds)
    return one, two, three


def test_re2_what_is_older_is_removed_and_everything_told_stays_as_it_was(kept, project, alice, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    timetravel.snapshot_write(timetravel.state_at(kept.id, 1))
    before = counts(kept)
    says = enforce("--dry-run")
    assert f"canvas {kept.id}: would remove 4 records, 2 commits, 1 parts of snapshots; kept from commit 3 on" in says
    assert counts(kept) == before
    assert "removed 4 records" in enforce()
    assert counts(kept) == ([4, 5, 6], [3, 4, 5, 6], [3])
    assert CanvasProgress.objects.get(canvas=kept.id).kept_from == 3
    assert told(Api(alice), kept, project) == [6, 5, 4]
    assert "canvas" not in enforce().replace("purged canvases", "")


def test_re2_the_worker_goes_on_behind_what_was_removed(kept, project, alice):
    enforce()
    kept.commit(build_intent(move("a", 9), user=str(alice.pk)), at=days_ago(0))
    kept.record()
    assert counts(kept) == ([4, 5, 6, 7], [3, 4, 5, 6, 7], [3, 7])
    assert Api(alice).get(f"canvases/{kept.id}/at/?seq=7").json()["elements"][0]["position"]["x"] == 9


def test_re2_a_canvas_that_nobody_touches_keeps_its_last_state(kept, project, alice):
    other = Canvas(canvas_create(project_id=project.id, name="Other", created_by=alice))
    other.commit(build_intent(rectangle("o"), user=str(alice.pk)), at=days_ago(300))
    other.commit(build_intent(move("o", 4), user=str(alice.pk)), at=days_ago(299))
    other.record()
    enforce()
    assert counts(other) == ([], [2], [2])
    assert Api(alice).get(f"canvases/{other.id}/at/?time={days_ago(3)}").json()["elements"][0]["position"]["x"] == 4
    forgotten(Api(alice).get(f"canvases/{other.id}/at/?seq=1"))


def test_re3_named_versions_stay_and_open_from_their_snapshot(kept, project, alice):
    project_limit_history(project_id=project.id, days=None)
    api, path = Api(alice), f"canvases/{kept.id}/versions/"
    name = api.post(path, {"name": "Kept", "seq": 2}).json()
    Snapshot.objects(canvas=kept.id).delete()  # MongoDB was away when it was named
    project_limit_history(project_id=project.id, days=25)
    enforce()
    assert counts(kept)[2] == [2, 3]
    assert api.get(f"canvases/{kept.id}/at/?seq=2").json()["elements"][0]["position"]["x"] == 1
    assert api.get(f"canvases/{kept.id}/at/thumbnail.svg?seq=2").status_code == 200
    assert api.post(f"canvases/{kept.id}/restore/", {"seq": 2, "dry_run": True}).json()["changed"] == 1
    forgotten(api.get(f"canvases/{kept.id}/at/?seq=1"))
    api.delete(f"{path}{name['id']}/")
    forgotten(api.get(f"canvases/{kept.id}/at/?seq=2"))
    enforce()
    assert counts(kept)[2] == [3]


def test_re4_nothing_is_removed_of_what_cannot_be_read(kept, project):
    other = CommitArchive.objects(canvas=kept.id, seq=3).first()
    CommitArchive.objects(canvas=kept.id, seq=2).update_one(set__body=other.body)
    before = counts(kept)
    with pytest.raises(CommandError, match="1 canvases could not be looked at"):
        enforce()
    assert counts(kept) == before


def test_re4_only_the_project_asked_for_and_only_those_with_a_limit(kept, project, alice):
    assert "removed" not in enforce("--project", "another")
    project_limit_history(project_id=project.id, days=None)
    assert "removed" not in enforce("--project", project.id)
    project_limit_history(project_id=project.id, days=25)
    assert "removed" in enforce("--project", project.id)


def test_nv5_what_a_purge_left_behind_is_removed(kept, settings):
    with mongodb_away(settings):
        canvas_purge(canvas_id=kept.id)
        with pytest.raises(CommandError, match="cannot be asked"):
            enforce()
    assert "was purged; would remove" in enforce("--dry-run")
    assert counts(kept)[0]
    assert "was purged; removing" in enforce()
    assert (counts(kept), CanvasProgress.objects.count()) == (([], [], []), 0)


def test_re5_owners_say_for_how_long(kept, project, alice, bob, charlie):
    path = f"projects/{project.id}/"
    assert Api(alice).get(path).json()["history_days"] == 25
    assert Api(alice).patch(path, {"history_days": 7}).json()["history_days"] == 7
    assert Api(alice).patch(path, {"history_days": None, "name": "Both"}).json()["name"] == "Both"
    assert Api(alice).get(path).json()["history_days"] is None
    for body in ({}, {"history_days": 0}, {"history_days": -1}, {"history_days": "x"}, {"history_days": 40_000}):
        assert_problem(Api(alice).patch(path, body), 400, "invalid")
    member_add(project_id=project.id, user=bob, role=Role.EDITOR, added_by=alice)
    assert_problem(Api(bob).patch(path, {"history_days": 7}), 403, "forbidden")
    assert_problem(Api(bob).patch(path, {"history_days": 7, "name": "Mine"}), 403, "forbidden")
    assert_problem(Api(charlie).patch(path, {"history_days": 7}), 404, "not_found")
    project_archive(project_id=project.id, archived_by=alice)
    assert Api(alice).patch(path, {"history_days": 7}).json()["history_days"] == 7
    assert_problem(Api(alice).patch(path, {"history_days": 9, "name": "No"}), 403, "forbidden")
    assert Api(alice).get(path).json()["history_days"] == 7


def test_re6_the_commands_tell_no_more_than_rest(kept, alice):
    for arguments in (
        ("restore_canvas", kept.id, "--seq", "1"),
        ("restore_canvas", kept.id, "--time", days_ago(45)),
        ("revert_changes", kept.id, "--to-seq", "2"),
    ):
        with pytest.raises(CommandError, match="longer ago"):
            call_command(*arguments, "--as", alice.username)
