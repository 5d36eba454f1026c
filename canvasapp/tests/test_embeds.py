"""Embedding, and the attacks on it."""

import re

import pytest
from django.test import Client

from canvasapp import log
from canvasapp.embeds import origins_checked
from canvasapp.items import EMBED_SK, EmbedItem, canvas_key
from canvasapp.services import canvas_create, canvas_delete
from projects.exceptions import Invalid
from projects.services import project_delete
from projects.testing import Api, assert_problem, build_project

SITE = "https://blog.example.org"


@pytest.fixture
def lighthouse(table, alice, bob):
    return build_project(alice, editor=bob)


@pytest.fixture
def board(lighthouse, alice):
    board = canvas_create(project_id=lighthouse, name="Plan <b>", created_by=alice)
    box = {"position": {"x": 0, "y": 0}, "dimensions": {"width": 90, "height": 60}}
    Api(alice).post(
        f"canvases/{board}/elements/", {"type": "rectangle", **box, "properties": {"strokeColor": "#123456"}}
    )
    return board


@pytest.fixture
def address(board, alice):
    return made(alice, board)


def made(user, canvas, *origins):
    answer = Api(user).post(f"canvases/{canvas}/embed/", {"origins": [SITE, *origins]})
    assert answer.status_code == 201, answer.content
    return re.sub(r"^https?://[^/]+", "", answer.json()["url"])


def policy(answer):
    return dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))


def test_a_stranger_sees_the_canvas_and_nothing_about_people(address, alice, board):
    page = Client().get(address)
    assert page.status_code == 200
    assert "Plan &lt;b&gt;" in page.content.decode()
    picture = Client().get(address + "canvas.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert 'stroke="#123456"' in picture.content.decode()
    for answer in (page, picture):
        assert not answer.cookies
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        for personal in (str(alice.pk), "alice", "Alice", alice.email):
            assert personal not in answer.content.decode().replace("Plan", "")


def test_only_pages_of_the_named_origins_may_frame_it(board, alice):
    page = Client().get(made(alice, board, "http://localhost:3000"))
    assert policy(page)["frame-ancestors"] == f"{SITE} http://localhost:3000"
    assert policy(page)["script-src"] == "'self'"
    assert "X-Frame-Options" not in page.headers
    assert Api(alice).patch(f"canvases/{board}/embed/", {"origins": []}).status_code == 200


def test_without_an_origin_nothing_may_frame_it(board, alice, address):
    Api(alice).patch(f"canvases/{board}/embed/", {"origins": []})
    assert policy(Client().get(address))["frame-ancestors"] == "'none'"
    picture = Client().get(address + "canvas.svg")
    assert policy(picture)["frame-ancestors"] == "'none'"
    assert picture.headers["X-Frame-Options"] == "DENY"


def test_every_other_page_stays_unframed(board, alice):
    client = Client()
    client.force_login(alice)
    answer = client.get(f"/c/{board}/")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert policy(answer)["frame-ancestors"] == "'none'"


def test_the_picture_is_asked_for_by_version(address, alice, board):
    first = Client().get(address + "canvas.svg")
    again = {"If-None-Match": first.headers["ETag"]}
    assert Client().get(address + "canvas.svg", headers=again).status_code == 304
    box = {"position": {"x": 0, "y": 0}, "dimensions": {"width": 9, "height": 6}}
    Api(alice).post(f"canvases/{board}/elements/", {"type": "ellipse", **box})
    assert Client().get(address + "canvas.svg", headers=again).status_code == 200


def test_the_secret_is_not_kept(address, board):
    secret = address.split(".")[1].strip("/")
    item = EmbedItem.get(canvas_key(board), EMBED_SK)
    assert secret not in repr(item.serialize())


def test_a_revoked_or_replaced_link_ends_at_once(address, board, alice):
    newer = made(alice, board)
    assert Client().get(address).status_code == 404
    assert Client().get(newer).status_code == 200
    assert Api(alice).delete(f"canvases/{board}/embed/").status_code == 204
    for ended in (address, newer):
        assert Client().get(ended).status_code == 404
        assert Client().get(ended + "canvas.svg").status_code == 404
    assert Api(alice).get(f"canvases/{board}/embed/").json() == {"enabled": False, "origins": [], "created_at": None}


def test_a_link_ends_with_its_canvas_and_with_its_project(address, board, lighthouse, alice):
    other = canvas_create(project_id=lighthouse, name="Other", created_by=alice)
    second = made(alice, other)
    canvas_delete(canvas_id=board, deleted_by=alice)
    assert Client().get(address).status_code == 404
    assert Client().get(second).status_code == 200
    project_delete(project_id=lighthouse, deleted_by=alice)
    assert Client().get(second).status_code == 404


def test_a_secret_opens_its_own_canvas_only(address, lighthouse, alice, board):
    other = canvas_create(project_id=lighthouse, name="Other", created_by=alice)
    made(alice, other)
    assert Client().get(address.replace(board, other)).status_code == 404
    unshared = canvas_create(project_id=lighthouse, name="Unshared", created_by=alice)
    assert Client().get(address.replace(board, unshared)).status_code == 404


@pytest.mark.parametrize(
    "token", ["x", ".", "a.b", "{board}", "{board}.", "{board}." + "A" * 32, "{board}." + "A" * 43]
)
def test_guessing_finds_nothing(address, board, token):
    path = f"/embed/{token.format(board=board)}/"
    assert Client().get(path).status_code == 404
    assert Client().get(path + "canvas.svg").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_with_a_link(address, board, alice, method):
    before = log.head_seq(board)
    for path in (address, address + "canvas.svg"):
        assert getattr(Client(), method)(path).status_code == 405
    token = address.split("/")[2]
    assert_problem(Api(token=token).post(f"canvases/{board}/intents/", {"ops": []}), 401, "invalid_token")
    assert_problem(Api(token=token).get(f"canvases/{board}/"), 401, "invalid_token")
    assert log.head_seq(board) == before


def test_only_owners_manage_it(board, bob, charlie):
    for method, body in (("GET", None), ("POST", {"origins": []}), ("PATCH", {"origins": []}), ("DELETE", None)):
        assert_problem(Api(bob)(method, f"canvases/{board}/embed/", body), 403, "forbidden")
        assert_problem(Api(charlie)(method, f"canvases/{board}/embed/", body), 404, "not_found")
        assert_problem(Api()(method, f"canvases/{board}/embed/", body), 401, "unauthenticated")
    assert EmbedItem.count(canvas_key(board), EmbedItem.sk == EMBED_SK) == 0


def test_what_is_not_embedded_cannot_be_changed(board, alice):
    assert_problem(Api(alice).patch(f"canvases/{board}/embed/", {"origins": [SITE]}), 404, "not_found")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Example.org/", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("https://*.example.org", "https://*.example.org"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_origins_are_kept_as_browsers_write_them(given, kept):
    assert origins_checked([given, given]) == [kept]


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "'self'", "'none'", "https:", "https://", "example.org", "http://example.org", "data:", "https://*"),
        *(
            "https://*.org",
            "https://a.example/path",
            "https://a.example?x",
            "https://u:p@a.example",
            "https://a.example:x",
        ),
        *("https://a.example; script-src *", "https://a.example https://b.example", "https://a.example\r\nX: y"),
        *("https://a..example", "https://-a.example", "https://a.example#x", "https://[::1]", "https://" + "a" * 300),
        *("javascript://a.example", "https://a.example,https://b.example", "https://a.example'", "https://a_b.example"),
    ],
)
def test_what_is_no_origin_is_refused(origin):
    with pytest.raises(Invalid) as refusal:
        origins_checked([origin])
    assert refusal.value.extra["errors"]["origins"]


def test_origins_are_a_short_list_of_texts(board, alice):
    for origins in ([1], "https://a.example", [f"https://a{n}.example" for n in range(21)], None):
        assert_problem(Api(alice).post(f"canvases/{board}/embed/", {"origins": origins}), 400, "invalid")
