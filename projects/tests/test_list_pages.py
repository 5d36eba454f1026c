"""The pages of lists, of sharing and of the own account, as browsers with and without htmx see them."""

import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from conftest import CAST_PASSWORD
from projects.access import Role, role_in
from projects.models import COLORS, User
from projects.pages import UNDO
from projects.services import project_archive, project_create, project_delete
from projects.testing import Api, assert_problem, build_project

HTMX = {"HX-Request": "true", "HX-Target": "results"}


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def names(answer):
    return re.findall(r'<a class="card-link"[^>]*>([^<]*)</a>', answer.content.decode())


@pytest.fixture
def several(table, alice, bob):
    for name in ("Birch", "alder", "Cedar"):
        project_create(name=name, created_by=alice)
    build_project(bob, editor=alice)
    archived = project_create(name="Old", created_by=alice)
    project_archive(project_id=archived.id, archived_by=alice)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?sort=name", ["alder", "Birch", "Cedar", "Lighthouse"]),
        ("?sort=name&show=mine", ["alder", "Birch", "Cedar"]),
        ("?show=shared", ["Lighthouse"]),
        ("?show=archived", ["Old"]),
        ("?q=ALD", ["alder"]),
        ("?q=%3Cscript%3E", []),
    ],
)
def test_which_projects_are_shown(several, alice, query, found):
    assert names(browser(alice).get(f"/p/{query}")) == found


def test_htmx_gets_the_list_alone_and_no_cache_takes_it_for_the_page(several, alice):
    answer = browser(alice).get("/p/?q=birch", headers=HTMX)
    assert "<html" not in answer.content.decode()
    assert 'hx-swap-oob="true"' in answer.content.decode()
    assert names(answer) == ["Birch"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_list_of_many_is_shown_in_parts(table, alice):
    for number in range(26):
        project_create(name=f"Project {number:02}", created_by=alice)
    client = browser(alice)
    first = client.get("/p/?sort=name")
    assert len(names(first)) == 24
    assert "page=2" in first.content.decode()
    assert names(client.get("/p/?sort=name&page=2")) == ["Project 24", "Project 25"]


def test_deleting_offers_the_way_back_and_it_leads_back(lighthouse, alice):
    client = browser(alice)
    answer = client.post(f"/p/{lighthouse}/delete/", {"next": "/p/?q=light"})
    assert answer.headers["Location"] == "/p/?q=light"
    (message,) = get_messages(answer.wsgi_request)
    undo = message.extra_tags.removeprefix(UNDO)
    assert undo == f"/p/{lighthouse}/restore/"
    page = client.get("/p/?show=deleted").content.decode()
    assert page.count(f'action="{undo}"') == 2  # in the list, and beside the news
    client.post(undo)
    assert names(client.get("/p/")) == ["Lighthouse"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_form_never_leads_to_another_site(lighthouse, alice, elsewhere):
    answer = browser(alice).post(f"/p/{lighthouse}/archive/", {"next": elsewhere})
    assert answer.headers["Location"] == f"/p/{lighthouse}/"


def test_others_cannot_archive_delete_or_bring_back(lighthouse, alice, bob, charlie):
    for user, status in ((bob, 403), (charlie, 404)):
        for path in ("archive/", "unarchive/", "delete/"):
            assert browser(user).post(f"/p/{lighthouse}/{path}").status_code == status, path
    project_delete(project_id=lighthouse, deleted_by=alice)
    for user in (bob, charlie):
        assert browser(user).post(f"/p/{lighthouse}/restore/").status_code == 404
        assert names(browser(user).get("/p/?show=deleted")) == []
        assert "Lighthouse" not in browser(user).get("/p/?show=deleted").content.decode()


def test_a_refusal_for_htmx_is_a_sentence(lighthouse, charlie):
    answer = browser(charlie).post(f"/p/{lighthouse}/delete/", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (404, "none")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_an_archived_project_offers_nothing_to_change(lighthouse, alice):
    project_archive(project_id=lighthouse, archived_by=alice)
    page = browser(alice).get(f"/p/{lighthouse}/").content.decode()
    assert "archived: everybody can look" in page
    assert f"/p/{lighthouse}/unarchive/" in page
    assert "new-canvas" not in page
    assert f"/p/{lighthouse}/rename/" not in page


def test_adding_by_email_and_what_stands_in_the_way(lighthouse, alice, charlie):
    client = browser(alice)
    client.post(f"/p/{lighthouse}/members/", {"user": "Charlie@Example.org", "role": "viewer"})
    assert role_in(str(charlie.id), lighthouse) is Role.VIEWER
    for name in ("one", "two"):
        User.objects.create_user(name, "same@example.org")
    answer = client.post(f"/p/{lighthouse}/members/", {"user": "same@example.org", "role": "viewer"})
    assert answer.status_code == 400
    assert "Several accounts" in answer.content.decode()


def test_a_username_that_is_somebody_elses_address_is_not_taken_for_them(lighthouse, alice, charlie):
    User.objects.create_user("charlie@example.org")
    answer = browser(alice).post(f"/p/{lighthouse}/members/", {"user": "charlie@example.org", "role": "owner"})
    assert answer.status_code == 400
    assert role_in(str(charlie.id), lighthouse) is None


def test_sharing_is_seen_by_members_and_changed_by_owners(lighthouse, alice, bob, charlie):
    assert 'name="user"' in browser(alice).get(f"/p/{lighthouse}/share/").content.decode()
    page = browser(bob).get(f"/p/{lighthouse}/share/").content.decode()
    assert 'name="user"' not in page
    assert "Leave" in page
    assert browser(charlie).get(f"/p/{lighthouse}/share/").status_code == 404


def test_a_profile_is_saved(alice):
    client = browser(alice)
    client.post("/settings/profile/", {"name": "Alice L.", "email": "al@example.org", "chosen_color": COLORS[3]})
    alice.refresh_from_db()
    assert (alice.display_name, alice.email, alice.color) == ("Alice L.", "al@example.org", COLORS[3])
    refused = client.post("/settings/profile/", {"name": "x", "email": "no address", "chosen_color": "red"})
    assert refused.status_code == 400
    alice.refresh_from_db()
    assert alice.name == "Alice L."


def test_the_appearance_is_in_the_first_byte_and_over_the_api(alice):
    client = browser(alice)
    client.post("/settings/appearance/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/settings/").content.decode()
    api = Api(alice)
    assert api.patch("auth/me/", {"theme": "light"}).json()["theme"] == "light"
    assert_problem(api.patch("auth/me/", {"theme": "sepia"}), 400, "invalid")
    assert_problem(api.patch("auth/me/", {"chosen_color": "#000000"}), 400, "invalid")
    assert 'data-theme="light"' in client.get("/settings/").content.decode()


def test_a_new_password_keeps_this_session_and_ends_the_others(alice):
    here, there = browser(alice), browser(alice)
    words = {"old_password": CAST_PASSWORD, "new_password1": "another long one", "new_password2": "another long one"}
    assert here.post("/settings/password/", words | {"old_password": "wrong"}).status_code == 400
    here.post("/settings/password/", words)
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302


def test_guessing_the_old_password_counts_as_guessing_at_the_sign_in(alice, settings):
    settings.FAILED_SIGN_INS_PER_MINUTE = 2
    client = browser(alice)
    words = {"old_password": "x", "new_password1": "another long one", "new_password2": "another long one"}
    for _ in range(2):
        assert client.post("/settings/password/", words).status_code == 400
    answer = client.post("/settings/password/", words | {"old_password": CAST_PASSWORD})
    assert (answer.status_code, "Too many attempts" in answer.content.decode()) == (400, True)
    sign_in = {"username": "alice", "password": CAST_PASSWORD}
    assert Api().post("auth/login/", sign_in).status_code == 429


def test_signing_out_everywhere_else(table, alice):
    here, there, program = browser(alice), browser(alice), Api()
    program.post("auth/login/", {"username": "alice", "password": CAST_PASSWORD})
    here.post("/settings/sign-out/")
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302
    assert_problem(program.post("auth/refresh/"), 401, "invalid_token")
    assert browser(User.objects.get(pk=alice.pk)).get("/settings/").status_code == 200
