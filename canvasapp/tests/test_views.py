import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from canvasapp.services import canvas_create
from projects.selectors import canvases_of
from projects.testing import Api, build_project


@pytest.fixture
def lighthouse(table, alice, bob):
    return build_project(alice, viewer=bob)


@pytest.fixture
def board(lighthouse, alice):
    return canvas_create(project_id=lighthouse, name="A <b>board</b>", created_by=alice)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_editor_gets_what_it_needs_to_know(lighthouse, board, alice):
    answer = browser(alice).get(f"/c/{board}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for name, value in {
        "canvas-id": board,
        "canvas-name": "A &lt;b&gt;board&lt;/b&gt;",
        "project-id": lighthouse,
        "project-name": "Lighthouse",
        "role": "owner",
        "user-id": alice.id,
        "user-name": "Alice",
        "user-color": alice.color,
        "ws-path": f"/ws/canvas/{board}/",
        "back-url": f"/p/{lighthouse}/",
    }.items():
        assert f'data-{name}="{value}"' in page
    assert re.search(r'<script[^>]*src="/static/dist/[^"]+\.js"', page)
    assert "csrftoken" in answer.cookies
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_viewer_opens_it_as_a_viewer(board, bob):
    assert 'data-role="viewer"' in browser(bob).get(f"/c/{board}/").content.decode()


def test_for_an_outsider_nothing_is_there(board, charlie):
    client = browser(charlie)
    assert client.get(f"/c/{board}/").status_code == 404
    assert client.post(f"/c/{board}/rename/", {"name": "Mine"}).status_code == 404
    assert client.post(f"/c/{board}/delete/").status_code == 404
    assert client.get("/c/nothing/").status_code == 404


def test_a_stranger_signs_in_first(board):
    assert Client().get(f"/c/{board}/").headers["Location"] == f"/sign-in/?next=/c/{board}/"


def test_a_viewer_arranges_nothing(lighthouse, board, bob):
    client = browser(bob)
    assert client.post(f"/p/{lighthouse}/canvases/", {"name": "Mine"}).status_code == 403
    assert client.post(f"/c/{board}/rename/", {"name": "Mine"}).status_code == 403
    assert client.post(f"/c/{board}/delete/").status_code == 403


def test_a_new_canvas_is_opened(lighthouse, alice):
    answer = browser(alice).post(f"/p/{lighthouse}/canvases/", {"name": "Wall"})
    (canvas,) = canvases_of(project_id=lighthouse).results
    assert answer.headers["Location"] == f"/c/{canvas.canvas_id}/"
    assert canvas.name == "Wall"


def test_a_canvas_without_a_name_is_not_and_the_dialog_is_open(lighthouse, alice):
    answer = browser(alice).post(f"/p/{lighthouse}/canvases/", {"name": ""})
    assert answer.status_code == 400
    assert re.search(r'id="new-canvas"[^>]*data-open', answer.content.decode())
    assert canvases_of(project_id=lighthouse).results == []


def test_renaming_and_deleting(lighthouse, board, alice):
    client = browser(alice)
    client.post(f"/c/{board}/rename/", {"name": "Wall"})
    assert "Wall" in client.get(f"/p/{lighthouse}/").content.decode()
    client.post(f"/c/{board}/rename/", {"name": ""})
    assert canvases_of(project_id=lighthouse).results[0].name == "Wall"
    client.post(f"/c/{board}/delete/")
    assert canvases_of(project_id=lighthouse).results == []
    assert client.get(f"/c/{board}/").status_code == 404


def test_duplicating_and_deleting_can_be_undone(lighthouse, board, alice):
    client = browser(alice)
    client.post(f"/c/{board}/duplicate/", {"next": f"/p/{lighthouse}/?sort=name"})
    assert {canvas.name for canvas in canvases_of(project_id=lighthouse).results} == {
        "A <b>board</b>",
        "A <b>board</b> (copy)",
    }
    client.post(f"/c/{board}/delete/")
    page = client.get(f"/p/{lighthouse}/").content.decode()
    assert f'action="/c/{board}/restore-deleted/"' in page
    client.post(f"/c/{board}/restore-deleted/")
    assert client.get(f"/c/{board}/").status_code == 200


def test_a_drawing_is_imported_and_what_is_none_is_refused(lighthouse, alice, bob):
    client = browser(alice)
    for content in (b"not JSON", b"{}"):
        client.post(f"/p/{lighthouse}/import/", {"file": SimpleUploadedFile("x.excalidraw", content)})
    client.post(f"/p/{lighthouse}/import/")
    assert canvases_of(project_id=lighthouse).results == []
    drawing = b'{"type": "excalidraw", "elements": []}'
    client.post(f"/p/{lighthouse}/import/", {"file": SimpleUploadedFile("../My plan.excalidraw", drawing)})
    assert [canvas.name for canvas in canvases_of(project_id=lighthouse).results] == ["My plan"]
    assert browser(bob).post(f"/p/{lighthouse}/import/").status_code == 403
    assert browser(bob).post(f"/p/{lighthouse}/example/").status_code == 403


def test_the_example_has_something_on_it(lighthouse, alice):
    answer = browser(alice).post(f"/p/{lighthouse}/example/")
    canvas_id = answer.headers["Location"].split("/")[2]
    assert Api(alice).get(f"canvases/{canvas_id}/").json()["elements"]
