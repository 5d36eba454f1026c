"""The RS rules of history/SPEC.md: bringing a canvas back to what it was."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canvasapp.elements import Element
from canvasapp.ops import Create, Delete, Restore, Update
from canvasapp.selectors import elements_all
from canvasapp.services import canvas_create, intent_submit
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, content, move, rectangle
from history import services, timetravel
from history.restoring import intents, restoring
from history.services import Restored
from history.tests.conftest import Canvas
from projects.access import Role
from projects.services import member_add
from projects.testing import Api, assert_problem

AT = "2026-01-02T03:04:05.000Z"


def committed(state: CanvasState, *ops) -> None:
    draft = Draft(state, uuid.uuid4().hex, AT)
    draft.add(build_intent(*ops))
    state.adopt(draft, draft.seal())


def live(state: CanvasState) -> dict[str, Element]:
    return {element.id: element for element in state.live_elements()}


def look(elements: dict[str, Element]) -> dict[str, object]:
    return {element_id: content(element) for element_id, element in elements.items()}


STEP = st.tuples(
    st.sampled_from("abcd"), st.sampled_from(["move", "note", "deep", "drop", "flip", "angle"]), st.integers(0, 9)
)


def do(state: CanvasState, step: tuple[str, str, int]) -> None:
    element_id, kind, value = step
    element = state.elements.get(element_id)
    if element is None:
        committed(state, rectangle(element_id, x=value, note="new"))
    elif element.deleted:
        committed(state, Restore(element_id))
    elif kind == "flip":
        committed(state, Delete(element_id))
    else:
        path, new = {
            "move": ("position.x", value),
            "note": ("properties.note", str(value)),
            "deep": ("properties.deep", {"list": [value]}),
            "drop": ("properties.note", None),
            "angle": ("angle", value),
        }[kind]
        committed(state, Update(element_id, {path: new}))


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the strategy
@given(st.lists(STEP, max_size=15), st.lists(STEP, max_size=15), st.none() | st.sets(st.sampled_from("abcd")))
def test_rs1_restoring_makes_the_canvas_what_it_was_and_touches_nothing_else(before, after, only):
    state = CanvasState("c")
    for step in before:
        do(state, step)
    past = dict(live(state))
    for step in after:
        do(state, step)
    now = dict(live(state))
    ops = restoring(past, dict(state.elements), only)
    if ops:
        committed(state, *ops)
    expected = {
        element_id: wanted
        for element_id in past | now
        if (wanted := (past if only is None or element_id in only else now).get(element_id))
    }
    assert look(live(state)) == look(expected)
    assert restoring(past, dict(state.elements), only) == []


def test_rs2_what_was_swept_away_is_made_anew():
    state = CanvasState("c")
    committed(state, rectangle("a", x=3))
    past = live(state)
    (op,) = restoring(past, {})
    assert isinstance(op, Create)
    fresh = CanvasState("c")
    committed(fresh, op)
    assert look(live(fresh)) == look(past)


def test_rs3_portions_are_what_an_intent_may_have():
    state = CanvasState("c")
    for n in range(30):
        committed(state, rectangle(f"e{n}", note="x" * 100_000))
    past = live(state)
    for n in range(30):
        committed(state, Update(f"e{n}", {"properties.note": "y" * 200_000}))
    portions = list(intents(restoring(past, state.elements), state.elements))
    assert len(portions) > 5
    for portion in portions:
        committed(state, *portion)
    assert look(live(state)) == look(past)


@pytest.fixture
def drawn(board: Canvas, alice) -> str:
    for ops in ([rectangle("a"), rectangle("b")], [move("a", 5)], [Delete("b")], [rectangle("c")]):
        board.commit(build_intent(*ops, user=str(alice.pk)))
    return board.id


@pytest.mark.django_db
def test_rs4_a_restoration_is_one_more_commit_and_can_be_taken_back_itself(drawn, alice):
    restored = services.canvas_restore(canvas_id=drawn, to_seq=1, restored_by=alice)
    assert restored == Restored(5, 5, restored.gesture, revived=1, changed=1, removed=1)
    assert look(live(timetravel.state_at(drawn, 5))) == look(live(timetravel.state_at(drawn, 1)))
    assert services.canvas_restore(canvas_id=drawn, to_seq=1, restored_by=alice) == Restored(None, None, None, 0, 0, 0)
    services.canvas_restore(canvas_id=drawn, to_seq=4, restored_by=alice)
    assert look(live(timetravel.state_at(drawn, 6))) == look(live(timetravel.state_at(drawn, 4)))


@pytest.mark.django_db
def test_rs4_a_dry_run_changes_nothing(drawn, alice):
    assert services.canvas_restore(canvas_id=drawn, to_seq=1, restored_by=alice, dry_run=True) == Restored(
        None, None, None, 1, 1, 1
    )
    assert set(elements_all(drawn)) == {"a", "b", "c"}
    with pytest.raises(timetravel.NoSuchCommit):
        timetravel.state_at(drawn, 5)


@pytest.mark.django_db
def test_rs5_an_edit_in_the_meantime_is_met_again(drawn, alice, monkeypatch):
    edits = iter([7, 8])

    def looked(canvas_id: str) -> dict[str, Element]:
        found = elements_all(canvas_id)
        if (x := next(edits, None)) is not None:
            intent_submit(
                canvas_id=canvas_id, author=alice, ops=[{"op": "update", "id": "a", "set": {"position.x": x}}]
            )
        return found

    monkeypatch.setattr(services, "elements_all", looked)
    assert services.canvas_restore(canvas_id=drawn, to_seq=1, restored_by=alice).seq == 7
    assert look(live(timetravel.state_at(drawn, 7))) == look(live(timetravel.state_at(drawn, 1)))


@pytest.mark.django_db
def test_rs6_over_rest(drawn, project, alice, bob, charlie):
    path = f"canvases/{drawn}/restore/"
    assert Api(alice).post(path, {"seq": 1, "dry_run": True}).json() == {
        "first_seq": None,
        "seq": None,
        "gesture": None,
        "revived": 1,
        "changed": 1,
        "removed": 1,
    }
    assert Api(alice).post(path, {"seq": 2, "elements": ["b"]}).json()["revived"] == 1
    done = Api(alice).post(path, {"seq": 1}).json()
    assert done == {"first_seq": 6, "seq": 6, "gesture": done["gesture"], "revived": 0, "changed": 1, "removed": 1}
    for body in ({}, {"seq": -1}, {"seq": "x"}, {"seq": 1, "elements": []}, {"seq": 1, "elements": ["no good"]}):
        assert_problem(Api(alice).post(path, body), 400, "invalid")
    assert_problem(Api(alice).post(path, {"seq": 99}), 404, "not_found")
    assert_problem(Api(charlie).post(path, {"seq": 1}), 404, "not_found")
    member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)
    assert_problem(Api(bob).post(path, {"seq": 1}), 403, "forbidden")
    other = canvas_create(project_id=project.id, name="Empty", created_by=alice)
    assert Api(alice).post(f"canvases/{other}/restore/", {"seq": 0}).json()["seq"] is None
