import json

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from conftest import CAST_PASSWORD
from projects import services
from projects.access import Role
from projects.pwa import worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def manifest(client):
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    return answer.json()


def test_the_worker_is_checked_at_every_load_and_may_serve_the_whole_site(client):
    answer = client.get("/sw.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["Service-Worker-Allowed"] == "/"
    first, _, built = answer.content.decode().partition("\n")
    entries = json.loads(first.removeprefix("self.__SITE = ").removesuffix(";"))
    assert {entry["url"] for entry in entries} > {"/offline/", "/offline/editor/", "/static/site/site.css"}
    assert "/static/dist/assets/editor-" in built
    assert "Xiaolai" not in built


def test_a_changed_page_is_a_new_version(monkeypatch):
    before = worker.source()
    assert worker.source() == before
    monkeypatch.setitem(worker.SHELLS, "offline", "error.html")
    assert worker.source() != before


def test_the_language_of_who_asks_is_not_a_new_version(client):
    english = client.get("/sw.js", headers={"Accept-Language": "en"})
    assert client.get("/sw.js", headers={"Accept-Language": "ja"}).content == english.content


def test_the_kill_switch_answers_with_a_worker_that_goes_away(client, settings):
    settings.SERVICE_WORKER = False
    answer = client.get("/sw.js")
    assert answer["Cache-Control"] == "no-cache"
    assert b"registration.unregister()" in answer.content
    assert b"__SITE" not in answer.content


def test_what_is_not_built_is_an_error_and_not_an_empty_worker(client, monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "BUILT", tmp_path / "sw.js")
    assert client.get("/sw.js").status_code == 503


def test_the_manifest_makes_the_site_installable(manifest):
    assert manifest["start_url"] == "/p/"
    assert manifest["scope"] == manifest["id"] == "/"
    assert manifest["display"] == "standalone"
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
        ("512x512", "monochrome"),
    }


def test_every_icon_has_the_size_that_it_is_said_to_have(manifest):
    icons = [*manifest["icons"], *(icon for shortcut in manifest["shortcuts"] for icon in shortcut["icons"])]
    for icon in icons:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path is not None
        with Image.open(path) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
            assert picture.format == "PNG"


@pytest.mark.parametrize("address", ["/offline/", "/offline/editor/"])
def test_the_kept_pages_say_nothing_of_who_asked(address, client, alice):
    stranger = client.get(address).content
    client.force_login(alice)
    assert client.get(address).content == stranger
    assert b"alice" not in stranger.lower()


def test_every_page_says_whose_it_is(table, client, alice):
    assert client.get("/sign-in/")["X-Signed-In"] == "nobody"
    client.force_login(alice)
    assert client.get("/p/")["X-Signed-In"] == str(alice.id)
    assert client.get("/nothing/")["X-Signed-In"] == str(alice.id)
    assert "X-Signed-In" not in client.get("/manifest.webmanifest")


def test_signing_in_and_out_answers_as_who_one_is_afterwards(table, client, alice):
    signed_in = client.post("/sign-in/", {"username": "alice", "password": CAST_PASSWORD})
    assert signed_in["X-Signed-In"] == str(alice.id)
    assert client.post("/sign-out/")["X-Signed-In"] == "nobody"


@pytest.mark.parametrize("address", ["/new/", "/open/", "/share/"])
def test_what_comes_from_outside_waits_for_the_sign_in(address, client):
    assert client.get(address)["Location"] == f"/sign-in/?next={address}"


def test_a_picture_goes_only_to_ones_own_canvases(table, client, alice, bob):
    from canvasapp.services import canvas_create

    for owner in (alice, bob):
        project = services.project_create(name=f"Of {owner.username}", created_by=owner)
        canvas_create(project_id=project.id, name=f"Plan of {owner.username}", created_by=owner)
    client.force_login(alice)
    page = client.get("/share/").content.decode()
    assert "Plan of alice" in page
    assert "bob" not in page


def test_a_share_without_a_worker_is_led_to_the_page_that_says_so(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/share/", {"title": "x"})
    assert (answer.status_code, answer["Location"]) == (302, "/share/")


@pytest.mark.parametrize("address", ["/new/", "/open/"])
def test_a_viewers_project_is_not_offered_for_a_new_canvas(address, table, client, alice, bob):
    project = services.project_create(name="Look at this", created_by=alice)
    services.member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)
    client.force_login(bob)
    assert b"Look at this" not in client.get(address).content
    client.force_login(alice)
    assert b"Look at this" in client.get(address).content
