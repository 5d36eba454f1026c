"""Deleting, bringing back and purging canvases, and copying them."""

import pytest

from canvasapp import services
from canvasapp.exceptions import NoSuchCanvas
from canvasapp.items import canvas_key
from canvasapp.tests.test_services import create
from projects.access import Role
from projects.items import CanvasEntry
from projects.selectors import canvases_of
from projects.services import member_add, project_archive, project_create, project_delete, project_restore
from projects.table import TableItem
from projects.testing import Api, assert_problem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(table, alice, bob) -> str:
    made = project_create(name="Plans", created_by=alice)
    member_add(project_id=made.id, user=bob, role=Role.VIEWER, added_by=alice)
    return made.id


@pytest.fixture
def canvas(project, alice) -> str:
    canvas_id = services.canvas_create(project_id=project, name="Floor", created_by=alice)
    services.intent_submit(canvas_id=canvas_id, author=alice, ops=[create("a"), create("b", 5)])
    return canvas_id


@pytest.fixture
def owner(alice):
    return Api(alice)


def drawn(api, canvas_id):
    return {element["id"]: element["position"]["x"] for element in api.get(f"canvases/{canvas_id}/").json()["elements"]}


def test_it_is_nowhere_and_comes_back_as_it_was(canvas, project, owner):
    assert owner.delete(f"canvases/{canvas}/").status_code == 204
    for path in ("", "commits/", "elements/a/"):
        assert_problem(owner.get(f"canvases/{canvas}/{path}"), 404, "not_found")
    assert_problem(owner.post(f"canvases/{canvas}/intents/", {"ops": [create("c")]}), 404, "not_found")
    assert owner.get(f"projects/{project}/canvases/").json()["results"] == []
    (row,) = owner.get(f"projects/{project}/canvases/?deleted=1").json()["results"]
    assert (row["id"], row["deleted_at"] is not None) == (canvas, True)
    for _ in range(2):
        assert owner.post(f"canvases/{canvas}/restore-deleted/").json()["name"] == "Floor"
    assert drawn(owner, canvas) == {"a": 0, "b": 5}
    (entry,) = canvases_of(project_id=project).results
    assert not any((entry.deleted_at, entry.gsi1pk))


def test_who_may_bring_it_back(canvas, owner, bob, charlie):
    owner.delete(f"canvases/{canvas}/")
    assert_problem(Api(bob).post(f"canvases/{canvas}/restore-deleted/"), 403, "forbidden")
    assert_problem(Api(charlie).post(f"canvases/{canvas}/restore-deleted/"), 404, "not_found")
    assert_problem(owner.post("canvases/nowhere/restore-deleted/"), 404, "not_found")
    assert_problem(owner.get(f"canvases/{canvas}/"), 404, "not_found")


def test_a_canvas_of_a_deleted_project_is_nowhere_until_it_comes_back_with_it(canvas, project, owner, alice):
    project_delete(project_id=project, deleted_by=alice)
    assert_problem(owner.get(f"canvases/{canvas}/"), 404, "not_found")
    assert_problem(owner.post(f"canvases/{canvas}/intents/", {"ops": [create("c")]}), 404, "not_found")
    assert_problem(owner.post(f"canvases/{canvas}/restore-deleted/"), 404, "not_found")
    project_restore(project_id=project)
    assert drawn(owner, canvas) == {"a": 0, "b": 5}


def test_a_canvas_of_an_archived_project_is_read_only(canvas, project, owner, alice):
    project_archive(project_id=project, archived_by=alice)
    loaded = owner.get(f"canvases/{canvas}/").json()
    assert (loaded["canvas"]["role"], len(loaded["elements"])) == ("viewer", 2)
    assert_problem(owner.post(f"canvases/{canvas}/intents/", {"ops": [create("c")]}), 403, "forbidden")
    assert_problem(owner.delete(f"canvases/{canvas}/"), 403, "forbidden")
    assert_problem(owner.post(f"canvases/{canvas}/duplicate/", {"name": "x"}), 403, "forbidden")


def test_of_a_purged_one_nothing_is_left(canvas, project):
    services.purge_canvases(canvas_ids=[canvas, "nowhere"])
    assert list(TableItem.query(canvas_key(canvas), consistent_read=True)) == []
    with pytest.raises(NoSuchCanvas):
        services.canvas_restore(canvas_id=canvas)


def test_a_copy_has_the_same_elements_in_its_first_commit_and_goes_its_own_way(canvas, project, owner, bob):
    copy = owner.post(f"canvases/{canvas}/duplicate/", {"name": "Floor 2"}).json()
    assert (copy["name"], copy["project"]) == ("Floor 2", project)
    assert drawn(owner, copy["id"]) == drawn(owner, canvas)
    assert len(owner.get(f"canvases/{copy['id']}/commits/").json()["results"]) == 1
    owner.patch(f"canvases/{copy['id']}/elements/a/", {"position": {"x": 9}})
    assert drawn(owner, canvas)["a"] == 0
    assert_problem(Api(bob).post(f"canvases/{canvas}/duplicate/", {"name": "x"}), 403, "forbidden")


def test_an_edit_becomes_the_last_change_of_canvas_and_project(canvas, project, alice, bob, owner):
    made = CanvasEntry.build(project, canvas)
    made.refresh(consistent_read=True)
    assert (made.updated_at > made.created_at, made.updated_by) == (True, str(alice.id))
    member = f"projects/{project}/members/{bob.id}/"
    owner.patch(member, {"role": "editor"})
    services.intent_submit(canvas_id=canvas, author=bob, ops=[create("c")])
    (row,) = owner.get(f"projects/{project}/canvases/").json()["results"]
    assert row["updated_by"] == str(bob.id)
    assert owner.get(f"projects/{project}/").json()["updated_at"] >= row["created_at"][:19]
