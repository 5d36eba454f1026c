import pytest

from projects.testing import Api, assert_problem, build_project

LONG = "n" * 121


@pytest.fixture
def owner(alice):
    return Api(alice)


@pytest.fixture
def editor(bob):
    return Api(bob)


@pytest.fixture
def outsider(charlie):
    return Api(charlie)


def test_create_then_read(table, owner, alice):
    made = owner.post("projects/", {"name": "  Two   words "})
    assert made.status_code == 201
    project = made.json()
    assert project["name"] == "Two words"
    assert project["role"] == "owner"
    assert project["created_by"] == str(alice.id)
    assert owner.get(f"projects/{project['id']}/").json() == project


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "   "}, {"name": LONG}, {"name": None}, []])
def test_a_name_is_needed(table, owner, body):
    assert_problem(owner.post("projects/", body), 400, "invalid")


def test_the_list_is_paged(table, owner, alice):
    ids = [build_project(alice) for _ in range(3)]
    first = owner.get("projects/?limit=2").json()
    rest = owner.get(f"projects/?limit=2&cursor={first['next']}").json()
    assert [project["id"] for project in first["results"] + rest["results"]] == ids
    assert rest["next"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1e3", "limit=²", "cursor=%F0", "cursor=.."])
def test_a_page_that_cannot_be_is_refused(table, owner, query):
    assert_problem(owner.get(f"projects/?{query}"), 400, "invalid")


def test_a_member_reads_and_an_owner_renames(lighthouse, owner, editor):
    assert editor.get(f"projects/{lighthouse}/").json()["role"] == "editor"
    assert_problem(editor.patch(f"projects/{lighthouse}/", {"name": "Mine"}), 403, "forbidden")
    assert owner.patch(f"projects/{lighthouse}/", {"name": "Beacon"}).json()["name"] == "Beacon"


def test_only_an_owner_deletes(lighthouse, owner, editor):
    assert_problem(editor.delete(f"projects/{lighthouse}/"), 403, "forbidden")
    assert owner.delete(f"projects/{lighthouse}/").status_code == 204
    assert_problem(owner.get(f"projects/{lighthouse}/"), 404, "not_found")


def test_for_an_outsider_nothing_is_there(lighthouse, outsider, alice):
    member = f"projects/{lighthouse}/members/{alice.id}/"
    for answer in (
        outsider.get(f"projects/{lighthouse}/"),
        outsider.patch(f"projects/{lighthouse}/", {"name": "Mine"}),
        outsider.delete(f"projects/{lighthouse}/"),
        outsider.get(f"projects/{lighthouse}/members/"),
        outsider.post(f"projects/{lighthouse}/members/", {"user": "charlie", "role": "owner"}),
        outsider.patch(member, {"role": "viewer"}),
        outsider.delete(member),
    ):
        assert_problem(answer, 404, "not_found")


def test_members_are_listed_with_who_they_are(lighthouse, editor, alice, bob):
    rows = {row["user"]["username"]: row for row in editor.get(f"projects/{lighthouse}/members/").json()["results"]}
    assert {name: row["role"] for name, row in rows.items()} == {"alice": "owner", "bob": "editor"}
    assert rows["bob"]["user"] == {"id": str(bob.id), "username": "bob", "name": "Bob", "color": bob.color}


@pytest.mark.parametrize("key", ["username", "id"])
def test_an_owner_adds_by_name_or_id(lighthouse, owner, outsider, charlie, key):
    added = owner.post(f"projects/{lighthouse}/members/", {"user": str(getattr(charlie, key)), "role": "viewer"})
    assert added.status_code == 201
    assert added.json()["role"] == "viewer"
    assert outsider.get(f"projects/{lighthouse}/").json()["role"] == "viewer"


def test_adding_is_refused_for_reasons_that_are_told(lighthouse, owner, editor):
    members = f"projects/{lighthouse}/members/"
    assert_problem(owner.post(members, {"user": "nobody", "role": "viewer"}), 404, "not_found")
    assert_problem(owner.post(members, {"user": "bob", "role": "viewer"}), 409, "exists")
    assert "role" in assert_problem(owner.post(members, {"user": "bob", "role": "king"}), 400, "invalid")["errors"]
    assert_problem(editor.post(members, {"user": "charlie", "role": "viewer"}), 403, "forbidden")


def test_roles_are_changed_by_owners_only(lighthouse, owner, editor, bob):
    member = f"projects/{lighthouse}/members/{bob.id}/"
    assert_problem(editor.patch(member, {"role": "owner"}), 403, "forbidden")
    assert owner.patch(member, {"role": "viewer"}).json()["role"] == "viewer"


def test_an_owner_removes_and_everyone_may_leave(lighthouse, owner, editor, alice, bob, charlie):
    own = f"projects/{lighthouse}/members/"
    assert_problem(editor.delete(f"{own}{alice.id}/"), 403, "forbidden")
    assert editor.delete(f"{own}{bob.id}/").status_code == 204
    assert_problem(editor.get(f"projects/{lighthouse}/"), 404, "not_found")
    assert_problem(owner.delete(f"{own}{charlie.id}/"), 404, "not_found")
    assert_problem(owner.delete(f"{own}{alice.id}/"), 409, "last_owner")


def test_the_trash_over_the_api(lighthouse, owner, editor):
    owner.delete(f"projects/{lighthouse}/")
    (row,) = owner.get("projects/?state=deleted").json()["results"]
    assert (row["id"], row["deleted_at"] is not None) == (lighthouse, True)
    for path in ("", "members/", "canvases/"):
        assert_problem(owner.get(f"projects/{lighthouse}/{path}"), 404, "not_found")
    for path in ("archive/", "unarchive/", "canvases/"):
        assert_problem(owner.post(f"projects/{lighthouse}/{path}", {"name": "x"}), 404, "not_found")
    assert_problem(editor.post(f"projects/{lighthouse}/restore/"), 404, "not_found")
    restored = owner.post(f"projects/{lighthouse}/restore/")
    assert (restored.status_code, restored.json()["role"], restored.json()["deleted_at"]) == (200, "owner", None)
    assert editor.get(f"projects/{lighthouse}/").json()["role"] == "editor"


def test_archiving_over_the_api(lighthouse, owner, editor, outsider):
    assert_problem(editor.post(f"projects/{lighthouse}/archive/"), 403, "forbidden")
    assert_problem(outsider.post(f"projects/{lighthouse}/archive/"), 404, "not_found")
    assert owner.post(f"projects/{lighthouse}/archive/").json()["archived_at"]
    assert owner.get("projects/").json()["results"] == []
    assert owner.get("projects/?state=archived").json()["results"][0]["role"] == "owner"
    assert_problem(owner.post(f"projects/{lighthouse}/canvases/", {"name": "x"}), 403, "forbidden")
    assert_problem(editor.post(f"projects/{lighthouse}/unarchive/"), 403, "forbidden")
    assert owner.post(f"projects/{lighthouse}/unarchive/").json()["archived_at"] is None
    assert_problem(owner.get("projects/?state=odd"), 400, "invalid")
