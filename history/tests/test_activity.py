"""The AC rules of history/SPEC.md: what was done along the commits of a canvas."""

from typing import Any

import pytest

from canvasapp.services import canvas_create
from canvasapp.testing import build_intent, move, rectangle
from history.documents import ChangeRecord
from history.tests.conftest import Canvas
from projects.testing import Api, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(board: Canvas, alice, bob) -> Canvas:
    """Ten commits: Alice draws and moves, Bob's are the fourth and the last two."""
    people = {True: str(bob.pk), False: str(alice.pk)}
    for seq in range(1, 11):
        op = rectangle("a") if seq == 1 else move("a", seq)
        board.commit(build_intent(op, user=people[seq in (4, 9, 10)]), at=f"2026-01-{seq:02d}T10:00:00.000Z")
    board.record()
    return board


def stretches(canvas: Canvas, user: Any, asked: str) -> list[tuple[int, int, str, int]]:
    response = Api(user).get(f"canvases/{canvas.id}/activity/?{asked}")
    assert response.status_code == 200, response.content
    return [(row["from_seq"], row["to_seq"], row["user"]["name"], row["changes"]) for row in response.json()["results"]]


def test_ac1_each_stretch_tells_who_did_how_much_the_most_active_first(busy, alice, bob):
    ada, bo = alice.display_name, bob.display_name
    assert stretches(busy, alice, "head=10&stretches=2") == [
        (1, 5, ada, 4),
        (1, 5, bo, 1),
        (6, 10, ada, 3),
        (6, 10, bo, 2),
    ]
    assert stretches(busy, alice, "head=10&stretches=3") == [
        (1, 4, ada, 3),
        (1, 4, bo, 1),
        (5, 8, ada, 4),
        (9, 10, bo, 2),
    ]


def test_ac1_a_stretch_has_its_first_and_last_moment(busy, alice):
    first, *_ = Api(alice).get(f"canvases/{busy.id}/activity/?head=10&stretches=1").json()["results"]
    assert (first["begun_at"], first["ended_at"]) == ("2026-01-01T10:00:00Z", "2026-01-08T10:00:00Z")


def test_ac2_together_the_stretches_have_every_change_once(busy, alice):
    for count in range(1, 12):
        assert sum(row[3] for row in stretches(busy, alice, f"head=10&stretches={count}")) == 10


def test_ac2_only_this_canvas_and_only_up_to_the_head(busy, alice, project):
    other = canvas_create(project_id=project.id, name="Other", created_by=alice)
    assert Api(alice).get(f"canvases/{other}/activity/?head=10").json() == {"results": []}
    assert sum(row[3] for row in stretches(busy, alice, "head=4")) == 4


def test_ac3_it_is_for_those_who_may_see_the_canvas(busy, charlie):
    assert_problem(Api(charlie).get(f"canvases/{busy.id}/activity/?head=10"), 404, "not_found")


@pytest.mark.parametrize("asked", ["", "head=0", "head=x", "head=1&stretches=0"])
def test_ac3_what_makes_no_sense_is_refused(busy, alice, asked):
    assert_problem(Api(alice).get(f"canvases/{busy.id}/activity/?{asked}"), 400, "invalid")


def test_ac4_an_index_is_used(busy, project):
    matched = {"project": project.id, "canvas": busy.id, "last_seq": {"$lte": 10}}
    plan = str(ChangeRecord._get_collection().find(matched).explain()["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
