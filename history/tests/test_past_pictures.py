"""The PS rules of history/SPEC.md: small pictures of past states."""

import pytest

from canvasapp.testing import build_intent, rectangle
from history.tests.conftest import Canvas
from projects.access import Role
from projects.services import member_add
from projects.testing import Api, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(board: Canvas) -> str:
    board.commit(build_intent(rectangle("a", strokeColor="#123456")))
    board.commit(build_intent(rectangle("b", x=200, strokeColor="#654321")))
    return f"canvases/{board.id}/at/thumbnail.svg"


def test_ps1_the_picture_shows_the_moment_and_is_kept_for_its_owner(path, alice):
    answer = Api(alice).get(f"{path}?seq=1")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert {"Authorization", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    first = answer.content.decode()
    assert "#123456" in first
    assert "#654321" not in first
    assert "#654321" in Api(alice).get(f"{path}?seq=2").content.decode()
    assert "prefers-color-scheme" in first
    assert "prefers-color-scheme" not in Api(alice).get(f"{path}?seq=1&dark=1").content.decode()
    assert "<svg" in Api(alice).get(f"{path}?seq=0").content.decode()


def test_ps1_the_picture_of_a_browsers_session(path, alice):
    api = Api(None)
    api.client.force_login(alice)
    assert api.get(f"{path}?seq=1").status_code == 200


def test_ps1_nobody_else_gets_a_picture_and_no_refusal_is_kept(path, project, alice, bob, charlie):
    answers = [
        (Api(charlie).get(f"{path}?seq=1"), 404, "not_found"),
        (Api().get(f"{path}?seq=1"), 401, "unauthenticated"),
        (Api(alice).get(f"{path}?seq=3"), 404, "not_found"),
        (Api(alice).get(path), 400, "invalid"),
        (Api(alice).get(f"{path}?seq=x"), 400, "invalid"),
    ]
    for answer, status, code in answers:
        assert_problem(answer, status, code)
        assert answer.headers["Cache-Control"] == "no-store"
    member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)
    assert Api(bob).get(f"{path}?seq=1").status_code == 200
