"""The NV rules of history/SPEC.md: moments with names."""

from typing import Any

import pytest

from canvasapp.items import canvas_key, commit_key
from canvasapp.services import canvas_create, canvas_delete, canvas_purge
from canvasapp.testing import build_intent, move, rectangle
from history import archive, purging, timetravel, versions
from history.documents import CanvasProgress, ChangeRecord, CommitArchive, ElementKind, ParkedRecord, Snapshot
from history.tests.conftest import Canvas
from history.tests.stores import mongodb_away
from projects.access import Role
from projects.services import member_add, member_remove, project_archive
from projects.testing import Api, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(board: Canvas, alice) -> Canvas:
    ada = str(alice.pk)
    board.commit(build_intent(rectangle("a"), user=ada), at="2026-01-01T10:00:00.000Z")
    board.commit(build_intent(move("a", 5), user=ada), at="2026-01-01T11:00:00.000Z")
    return board


@pytest.fixture
def path(drawn: Canvas) -> str:
    return f"canvases/{drawn.id}/versions/"


def test_nv1_a_version_names_the_present_or_a_past_moment(path, alice):
    api = Api(alice)
    created = api.post(path, {"name": "  First\tdraft ", "description": "for the client"})
    assert created.status_code == 201
    told = created.json()
    assert (told["name"], told["description"], told["seq"]) == ("First draft", "for the client", 2)
    assert told["at"] == "2026-01-01T11:00:00.000Z"
    assert told["created_by"] == {"id": str(alice.pk), "name": alice.display_name, "color": alice.color}
    assert api.post(path, {"name": "First draft", "seq": 1}).json()["at"] == "2026-01-01T10:00:00.000Z"
    assert api.post(path, {"name": "Empty", "seq": 0}).json()["at"] is None
    listed = api.get(path).json()
    assert [(row["name"], row["seq"]) for row in listed["results"]] == [
        ("Empty", 0),
        ("First draft", 1),
        ("First draft", 2),
    ]
    assert listed["next"] is None
    assert told in listed["results"]


def test_nv1_a_version_is_renamed_and_described_anew(path, alice):
    api = Api(alice)
    told = api.post(path, {"name": "Draft", "description": "old"}).json()
    one = f"{path}{told['id']}/"
    assert api.patch(one, {"name": "Final"}).json() == told | {"name": "Final"}
    assert api.patch(one, {"description": ""}).json() == told | {"name": "Final", "description": ""}
    assert api.patch(one, {}).json()["name"] == "Final"
    assert api.delete(one).status_code == 204
    assert api.get(path).json()["results"] == []
    for refused in (api.patch(one, {"name": "x"}), api.patch(one, {}), api.delete(one)):
        assert_problem(refused, 404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " \t "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": None}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x\u0000"}, "name"),
        ({"name": "x", "description": "y" * 1001}, "description"),
        ({"name": "x", "seq": -1}, "seq"),
        ({"name": "x", "seq": "soon"}, "seq"),
    ],
)
def test_nv2_a_version_that_makes_no_sense_is_refused(path, alice, body, field):
    assert field in assert_problem(Api(alice).post(path, body), 400, "invalid")["errors"]


def test_nv2_a_moment_that_never_was_has_no_name(path, alice):
    assert_problem(Api(alice).post(path, {"name": "x", "seq": 3}), 404, "not_found")


def test_nv2_there_are_not_endlessly_many(path, alice, monkeypatch):
    monkeypatch.setattr(versions, "MOST", 2)
    assert [Api(alice).post(path, {"name": "x"}).status_code for _ in range(2)] == [201, 201]
    assert_problem(Api(alice).post(path, {"name": "x"}), 422, "limit")


def test_nv3_a_version_keeps_a_snapshot(path, drawn, alice):
    Api(alice).post(path, {"name": "x", "seq": 1})
    assert [snapshot.seq for snapshot in Snapshot.objects(canvas=drawn.id)] == [1]
    assert timetravel.state_at(drawn.id, 1).elements["a"].position.x == 0


def test_nv3_without_mongodb_a_moment_gets_its_name_all_the_same(path, alice, settings):
    with mongodb_away(settings):
        assert Api(alice).post(path, {"name": "x"}).status_code == 201
        assert [row["name"] for row in Api(alice).get(path).json()["results"]] == ["x"]


def test_nv4_whoever_edits_names_and_whoever_looks_sees(path, drawn, project, alice, bob, charlie):
    one = f"{path}{Api(alice).post(path, {'name': 'x'}).json()['id']}/"
    member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)

    def writes(api: Api) -> list[Any]:
        return [api.post(path, {"name": "y"}), api.patch(one, {"name": "y"}), api.delete(one)]

    assert Api(bob).get(path).status_code == 200
    for answer in writes(Api(bob)):
        assert_problem(answer, 403, "forbidden")
    for answer in (Api(charlie).get(path), *writes(Api(charlie))):
        assert_problem(answer, 404, "not_found")
    for answer in (Api().get(path), *writes(Api())):
        assert_problem(answer, 401, "unauthenticated")
    member_remove(project_id=project.id, user_id=str(bob.pk))
    assert_problem(Api(bob).get(path), 404, "not_found")
    project_archive(project_id=project.id, archived_by=alice)
    assert Api(alice).get(path).status_code == 200
    for answer in writes(Api(alice)):
        assert_problem(answer, 403, "forbidden")


def test_nv4_another_canvas_id_does_not_reach_a_version(path, alice, project):
    told = Api(alice).post(path, {"name": "x"}).json()
    other = canvas_create(project_id=project.id, name="Other", created_by=alice)
    assert_problem(Api(alice).delete(f"canvases/{other}/versions/{told['id']}/"), 404, "not_found")
    assert Api(alice).get(f"canvases/{other}/versions/").json()["results"] == []


def test_nv5_versions_go_with_their_canvas(path, drawn, alice):
    Api(alice).post(path, {"name": "x"})
    canvas_delete(canvas_id=drawn.id, deleted_by=alice)
    assert_problem(Api(alice).get(path), 404, "not_found")
    canvas_purge(canvas_id=drawn.id)
    assert versions.versions_of(drawn.id) == []


def history_of(canvas: Canvas) -> list[int]:
    kinds = (ChangeRecord, CommitArchive, Snapshot, ElementKind, CanvasProgress)
    return [kind.objects(canvas=canvas.id).count() for kind in kinds]


def test_nv5_a_purged_canvas_takes_its_history_with_it(path, drawn, project, alice):
    other = Canvas(canvas_create(project_id=project.id, name="Other", created_by=alice))
    other.commit(build_intent(rectangle("a"), user=str(alice.pk)))
    for canvas in (drawn, other):
        canvas.record()
        archive.park(canvas_key(canvas.id), commit_key(9), "poison", [])
    Api(alice).post(path, {"name": "x"})
    assert history_of(drawn) == [2, 2, 1, 1, 1]
    canvas_purge(canvas_id=drawn.id)
    canvas_purge(canvas_id=drawn.id)
    assert history_of(drawn) == [0, 0, 0, 0, 0]
    assert history_of(other) == [1, 1, 0, 1, 1]
    assert [parked.item_pk for parked in ParkedRecord.objects.all()] == [canvas_key(other.id)]


def test_nv5_mongodb_away_does_not_stop_a_purge_and_it_is_caught_up(path, drawn, alice, settings):
    drawn.record()
    with mongodb_away(settings):
        canvas_purge(canvas_id=drawn.id)
    assert versions.versions_of(drawn.id) == []
    assert history_of(drawn) == [2, 2, 0, 1, 1]
    assert list(purging.canvases_left_behind()) == [drawn.id]
    purging.history_purge(canvas_id=drawn.id)
    assert history_of(drawn) == [0, 0, 0, 0, 0]
    assert list(purging.canvases_left_behind()) == []
