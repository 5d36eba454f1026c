import pytest

from projects.testing import Api, assert_problem, build_project


@pytest.fixture
def lighthouse(table, alice, bob):
    return build_project(alice, viewer=bob)


@pytest.fixture
def owner(alice):
    return Api(alice)


@pytest.fixture
def viewer(bob):
    return Api(bob)


@pytest.fixture
def outsider(charlie):
    return Api(charlie)


@pytest.fixture
def board(lighthouse, owner):
    return owner.post(f"projects/{lighthouse}/canvases/", {"name": "Board"}).json()["id"]


def test_create_list_load(lighthouse, owner, alice):
    made = owner.post(f"projects/{lighthouse}/canvases/", {"name": " Board  one "})
    assert made.status_code == 201
    canvas = made.json()
    assert (canvas["name"], canvas["project"], canvas["created_by"]) == ("Board one", lighthouse, str(alice.id))
    (row,) = owner.get(f"projects/{lighthouse}/canvases/").json()["results"]
    assert row["id"] == canvas["id"]
    loaded = owner.get(f"canvases/{canvas['id']}/")
    assert loaded.json() == {"canvas": canvas, "seq": 0, "elements": []}
    assert loaded.headers["Cache-Control"] == "no-store"


def test_the_list_is_paged(lighthouse, owner):
    ids = {owner.post(f"projects/{lighthouse}/canvases/", {"name": n}).json()["id"] for n in "abc"}
    first = owner.get(f"projects/{lighthouse}/canvases/?limit=2").json()
    rest = owner.get(f"projects/{lighthouse}/canvases/?limit=2&cursor={first['next']}").json()
    assert {row["id"] for row in first["results"] + rest["results"]} == ids
    assert rest["next"] is None


def test_rename(lighthouse, board, owner):
    assert owner.patch(f"canvases/{board}/", {"name": "Wall"}).json()["name"] == "Wall"
    assert owner.get(f"canvases/{board}/").json()["canvas"]["name"] == "Wall"
    assert owner.get(f"projects/{lighthouse}/canvases/").json()["results"][0]["name"] == "Wall"
    assert_problem(owner.patch(f"canvases/{board}/", {"name": ""}), 400, "invalid")


def test_delete(lighthouse, board, owner):
    assert owner.delete(f"canvases/{board}/").status_code == 204
    assert owner.get(f"projects/{lighthouse}/canvases/").json()["results"] == []
    for answer in (
        owner.get(f"canvases/{board}/"),
        owner.delete(f"canvases/{board}/"),
        owner.get(f"canvases/{board}/commits/"),
        owner.post(f"canvases/{board}/intents/", {"ops": [{"op": "delete", "id": "a"}]}),
    ):
        assert_problem(answer, 404, "not_found")


def test_a_project_takes_its_canvases_along(lighthouse, board, owner):
    assert owner.delete(f"projects/{lighthouse}/").status_code == 204
    assert_problem(owner.get(f"canvases/{board}/"), 404, "not_found")


def test_a_viewer_reads_and_changes_nothing(lighthouse, board, viewer):
    assert viewer.get(f"canvases/{board}/").json()["canvas"]["role"] == "viewer"
    assert viewer.get(f"canvases/{board}/commits/").status_code == 200
    for answer in (
        viewer.post(f"projects/{lighthouse}/canvases/", {"name": "Mine"}),
        viewer.patch(f"canvases/{board}/", {"name": "Mine"}),
        viewer.delete(f"canvases/{board}/"),
        viewer.post(f"canvases/{board}/intents/", {"ops": []}),
        viewer.post(f"canvases/{board}/elements/", {}),
        viewer.patch(f"canvases/{board}/elements/e/", {}),
        viewer.delete(f"canvases/{board}/elements/e/"),
    ):
        assert_problem(answer, 403, "forbidden")


def test_for_an_outsider_nothing_is_there(lighthouse, board, outsider):
    for answer in (
        outsider.get(f"projects/{lighthouse}/canvases/"),
        outsider.post(f"projects/{lighthouse}/canvases/", {"name": "Mine"}),
        outsider.get(f"canvases/{board}/"),
        outsider.patch(f"canvases/{board}/", {"name": "Mine"}),
        outsider.delete(f"canvases/{board}/"),
        outsider.get(f"canvases/{board}/commits/"),
        outsider.post(f"canvases/{board}/intents/", {"ops": []}),
        outsider.post(f"canvases/{board}/elements/", {}),
        outsider.get(f"canvases/{board}/elements/e/"),
        outsider.patch(f"canvases/{board}/elements/e/", {}),
        outsider.delete(f"canvases/{board}/elements/e/"),
    ):
        assert_problem(answer, 404, "not_found")


def test_a_right_taken_away_is_gone_with_the_next_request(lighthouse, board, owner, viewer, bob):
    assert viewer.get(f"canvases/{board}/").status_code == 200
    owner.delete(f"projects/{lighthouse}/members/{bob.id}/")
    assert_problem(viewer.get(f"canvases/{board}/"), 404, "not_found")
