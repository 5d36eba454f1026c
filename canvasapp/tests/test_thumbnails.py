import pytest
import redis
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from canvasapp.services import canvas_create, canvas_delete, intent_submit
from projects.testing import build_project


@pytest.fixture
def board(table, alice, bob):
    return canvas_create(project_id=build_project(alice, viewer=bob), name="Board", created_by=alice)


def draw(board, author, element_id="a", color="#123456"):
    properties = {"strokeColor": color}
    box = {"position": {"x": 0, "y": 0}, "dimensions": {"width": 90, "height": 60}}
    op = {"op": "create", "id": element_id, "type": "rectangle", **box, "properties": properties}
    intent_submit(canvas_id=board, author=author, ops=[op])


def ask(user, board, query="", **headers):
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get(reverse("canvas-thumbnail", args=[board]) + query, headers=headers)


def test_a_member_gets_a_picture_that_no_one_else_keeps(board, alice, bob):
    draw(board, alice)
    answer = ask(bob, board)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert 'stroke="#123456"' in answer.content.decode()
    assert "prefers-color-scheme" in answer.content.decode()


def test_an_unchanged_picture_belongs_to_who_asks_now(board, alice, bob):
    etag = ask(alice, board).headers["ETag"]
    answer = ask(bob, board, If_None_Match=etag)
    assert (answer.status_code, answer.headers["X-Signed-In"]) == (304, str(bob.pk))


def test_for_an_outsider_nothing_is_there_and_a_stranger_signs_in_first(board, charlie):
    assert ask(charlie, board).status_code == 404
    assert ask(None, board).headers["Location"].startswith("/sign-in/")
    canvas_delete(canvas_id=board, deleted_by=charlie)
    assert ask(charlie, board).status_code == 404


def test_the_picture_is_as_old_as_the_canvas(board, alice):
    first = ask(alice, board)
    etag = first.headers["ETag"]
    assert ask(alice, board, If_None_Match=etag).status_code == 304
    draw(board, alice)
    again = ask(alice, board, If_None_Match=etag)
    assert again.status_code == 200
    assert again.content != first.content
    assert ask(alice, board, If_None_Match=f'W/"x", {again.headers["ETag"]}').status_code == 304


def test_light_and_dark_can_be_asked_for(board, alice):
    draw(board, alice)
    pictures = {ask(alice, board, query).content for query in ("", "?dark=1", "?dark=0", "?dark=maybe")}
    assert len(pictures) == 3


def test_an_empty_canvas_has_a_picture_too(board, alice):
    assert b"<svg" in ask(alice, board).content


def test_a_drawn_picture_is_kept_and_without_the_cache_drawn_again(board, alice, monkeypatch):
    draw(board, alice)
    first = ask(alice, board).content
    monkeypatch.setattr("canvasapp.thumbnails.canvas_load", None)
    assert ask(alice, board).content == first
    monkeypatch.undo()

    def away(*_, **__):
        raise redis.ConnectionError

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    assert ask(alice, board).content == first
