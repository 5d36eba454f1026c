import re

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client

from projects.access import Role, role_in
from projects.models import User
from projects.selectors import project_get, projects_of
from projects.services import member_change

PASSWORD = "correct horse battery"


@pytest.fixture
def anyone(db):
    cache.clear()  # attempts are counted by address, and all tests come from one
    return Client()


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_root_leads_to_the_projects_and_they_to_the_entrance(anyone):
    assert anyone.get("/").headers["Location"] == "/p/"
    assert anyone.get("/p/").headers["Location"] == "/sign-in/?next=/p/"


def test_signing_up_signs_in(anyone):
    answer = anyone.post("/sign-up/", {"username": "Dora", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain == [("/p/", 302)]
    assert answer.context["user"] == User.objects.get(username="dora")


def test_signing_up_goes_on_to_where_one_was_going_but_never_elsewhere(anyone):
    answer = anyone.post("/sign-up/?next=/p/abc/", {"username": "dora", "password": PASSWORD})
    assert answer.headers["Location"] == "/p/abc/"
    answer = anyone.post("/sign-up/?next=https://evil.example/", {"username": "erin", "password": PASSWORD})
    assert answer.headers["Location"] == "/p/"


def test_what_is_wrong_stands_beside_the_field(anyone, alice):
    answer = anyone.post("/sign-up/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200
    assert "This username is taken." in answer.context["form"].errors["username"]
    assert 'aria-invalid="true"' in answer.content.decode()


def test_signing_in_and_out(anyone, alice):
    assert anyone.post("/sign-in/", {"username": "ALICE", "password": PASSWORD}).headers["Location"] == "/p/"
    assert anyone.get("/sign-in/").headers["Location"] == "/p/"
    assert anyone.get("/sign-out/").status_code == 405
    assert anyone.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert anyone.get("/p/").status_code == 302


def test_a_wrong_password_is_said_without_saying_which_was_wrong(anyone, alice):
    answer = anyone.post("/sign-in/", {"username": "alice", "password": "x"})
    assert answer.context["form"].non_field_errors() == ["The username or the password is wrong."]


def test_guessing_on_the_page_counts_as_guessing_over_the_api(anyone, alice, settings):
    settings.FAILED_SIGN_INS_PER_MINUTE = 2
    for _ in range(2):
        anyone.post("/sign-in/", {"username": "alice", "password": "x"})
    answer = anyone.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    assert "Too many attempts" in answer.content.decode()
    refused = anyone.post(
        "/api/v1/auth/login/", {"username": "alice", "password": PASSWORD}, content_type="application/json"
    )
    assert refused.status_code == 429


def test_a_form_without_its_csrf_token_is_refused_with_a_page(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/p/", {"name": "Forged"})
    assert answer.status_code == 403
    assert "This form was open for too long" in answer.content.decode()


def test_a_project_is_made(table, alice):
    answer = browser(alice).post("/p/", {"name": "Beacon"})
    (row,) = projects_of(user_id=str(alice.id)).results
    assert answer.headers["Location"] == f"/p/{row.project.id}/"
    assert "Beacon" in browser(alice).get("/p/").content.decode()


def test_a_project_without_a_name_is_not_and_the_dialog_is_open(table, alice):
    answer = browser(alice).post("/p/", {"name": " "})
    assert answer.status_code == 400
    assert "data-open" in answer.content.decode()


def test_names_are_text_and_not_markup(table, alice):
    client = browser(alice)
    client.post("/p/", {"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in client.get("/p/").content.decode()


def test_what_is_shown_depends_on_the_role(lighthouse, alice, bob):
    owner, editor = (browser(user).get(f"/p/{lighthouse}/").content.decode() for user in (alice, bob))
    assert f"/p/{lighthouse}/members/" in owner
    assert f"/p/{lighthouse}/delete/" in owner
    assert f'action="/p/{lighthouse}/members/"' not in editor
    assert f"/p/{lighthouse}/delete/" not in editor
    assert f"/p/{lighthouse}/canvases/" in editor


def test_a_viewer_is_offered_nothing_to_change(lighthouse, bob):
    member_change(project_id=lighthouse, user_id=str(bob.id), role=Role.VIEWER)
    assert f"/p/{lighthouse}/canvases/" not in browser(bob).get(f"/p/{lighthouse}/").content.decode()


def test_for_an_outsider_nothing_is_there(lighthouse, charlie, alice):
    client = browser(charlie)
    assert client.get(f"/p/{lighthouse}/").status_code == 404
    for path, data in (
        ("rename/", {"name": "Mine"}),
        ("delete/", {}),
        ("members/", {"user": "charlie", "role": "owner"}),
        (f"members/{alice.id}/", {"role": "viewer"}),
        (f"members/{alice.id}/remove/", {}),
        ("canvases/", {"name": "Mine"}),
    ):
        assert client.post(f"/p/{lighthouse}/{path}", data).status_code == 404, path


def test_an_editor_does_not_manage(lighthouse, bob, alice):
    client = browser(bob)
    for path, data in (
        ("rename/", {"name": "Mine"}),
        ("delete/", {}),
        ("members/", {"user": "charlie", "role": "owner"}),
        (f"members/{bob.id}/", {"role": "owner"}),
        (f"members/{alice.id}/remove/", {}),
    ):
        assert client.post(f"/p/{lighthouse}/{path}", data).status_code == 403, path
    assert role_in(str(bob.id), lighthouse) is Role.EDITOR


def test_renaming(lighthouse, alice):
    browser(alice).post(f"/p/{lighthouse}/rename/", {"name": "Beacon"})
    assert project_get(project_id=lighthouse).name == "Beacon"
    refused = browser(alice).post(f"/p/{lighthouse}/rename/", {"name": ""})
    assert refused.status_code == 400
    assert re.search(r'id="rename-project"[^>]*data-open', refused.content.decode())


def test_deleting(lighthouse, alice):
    answer = browser(alice).post(f"/p/{lighthouse}/delete/")
    assert said(answer) == ["Deleted “Lighthouse” and its canvases."]
    assert browser(alice).get(f"/p/{lighthouse}/").status_code == 404


def test_adding_a_member(lighthouse, alice, charlie):
    browser(alice).post(f"/p/{lighthouse}/members/", {"user": "Charlie", "role": "commenter"})
    assert role_in(str(charlie.id), lighthouse) is Role.COMMENTER


@pytest.mark.parametrize(("user", "sentence"), [("nobody", "no user of that name"), ("bob", "is a member already")])
def test_a_member_who_cannot_be_added(lighthouse, alice, user, sentence):
    answer = browser(alice).post(f"/p/{lighthouse}/members/", {"user": user, "role": "viewer"})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_changing_a_role(lighthouse, alice, bob):
    browser(alice).post(f"/p/{lighthouse}/members/{bob.id}/", {"role": "viewer"})
    assert role_in(str(bob.id), lighthouse) is Role.VIEWER


def test_the_last_owner_is_told_why_not(lighthouse, alice):
    client = browser(alice)
    answer = client.post(f"/p/{lighthouse}/members/{alice.id}/remove/")
    assert "at least one owner" in said(answer)[0]
    assert role_in(str(alice.id), lighthouse) is Role.OWNER


def test_leaving(lighthouse, bob):
    assert browser(bob).post(f"/p/{lighthouse}/members/{bob.id}/remove/").headers["Location"] == "/p/"
    assert role_in(str(bob.id), lighthouse) is None


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-up/", "/p/", "/nothing/"])
def test_pages_hold_no_inline_script_and_may_not_be_framed(table, alice, anyone, path):
    client = anyone if path.startswith("/sign") else browser(alice)
    answer = client.get(path)
    for attributes, text in re.findall(r"<script([^>]*)>(.*?)</script>", answer.content.decode(), re.S):
        assert "src=" in attributes
        assert not text
    assert not re.search(r"\son\w+=", answer.content.decode())
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_staff_cannot_invent_or_delete_accounts(alice, bob):
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = browser(alice)
    assert client.get("/admin/projects/user/").status_code == 200
    assert client.get(f"/admin/projects/user/{bob.pk}/change/").status_code == 200
    assert client.get("/admin/projects/user/add/").status_code == 403
    assert client.post(f"/admin/projects/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403


def test_owners_say_for_how_long_the_history_is_kept(lighthouse, alice, bob, charlie):
    share, address = f"/p/{lighthouse}/share/", f"/p/{lighthouse}/keep-history/"
    assert address in browser(alice).get(share).content.decode()
    assert address not in browser(bob).get(share).content.decode()
    assert browser(bob).post(address, {"days": "7"}).status_code == 403
    assert browser(charlie).post(address, {"days": "7"}).status_code == 404
    said = browser(alice).post(address, {"days": "30"}, follow=True).content.decode()
    assert "kept for 30 days" in said
    assert 'value="30"' in said
    for days in ("0", "-1", "x", "99999"):
        refused = browser(alice).post(address, {"days": days})
        assert refused.status_code == 400
        assert 'class="error"' in refused.content.decode()
    assert project_get(project_id=lighthouse).history_days == 30
    assert "kept for ever" in browser(alice).post(address, {"days": ""}, follow=True).content.decode()
    assert project_get(project_id=lighthouse).history_days is None
