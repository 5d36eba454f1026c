"""The CH rules of history/SPEC.md: from commits to change records."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvasapp.commits import Commit
from canvasapp.ops import Append, Delete, Op, Restore, Update
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, rectangle
from history.changes import MAX_RECORD_BYTES, MAX_VALUE_BYTES, UNKNOWN, Action, Change, Value, changes_of, merge

AT = "2026-01-02T03:04:05.000Z"


class Canvas:
    def __init__(self) -> None:
        self.state = CanvasState("c1")
        self.types: dict[str, str] = {}

    def commit(self, *intents) -> list[Change]:
        draft = Draft(self.state, f"commit-{self.state.seq + 1}", AT)
        for intent in intents:
            draft.add(intent)
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        changes = changes_of(sealed.commit, lambda element: self.types.get(element, UNKNOWN))
        self.types |= {change.element: change.element_type for change in changes}
        return changes


@pytest.fixture
def canvas() -> Canvas:
    return Canvas()


def one(changes: list[Change]) -> Change:
    (change,) = changes
    return change


def test_ch1_each_person_gesture_and_element_is_one_change(canvas):
    canvas.commit(build_intent(rectangle("a"), rectangle("b")))
    changes = canvas.commit(
        build_intent(move("a", 1), move("b", 1), client="x", user="ada", number=1, gesture="g1"),
        build_intent(move("a", 2), client="x", user="ada", number=2, gesture="g1"),
        build_intent(move("a", 3), client="y", user="bob", number=1, gesture="g1"),
    )
    assert [(c.user, c.element) for c in changes] == [("ada", "a"), ("ada", "b"), ("bob", "a")]
    assert changes[0].values["position.x"] == Value("0", "2")


def test_ch2_the_type_and_family_are_told_also_long_after_the_creation(canvas):
    assert one(canvas.commit(build_intent(rectangle("a")))).element_type == "rectangle"
    change = one(canvas.commit(build_intent(move("a", 5))))
    assert (change.element_type, change.family) == ("rectangle", "shape")


def test_ch2_an_element_whose_creation_nobody_knows_is_unknown():
    commit = Commit(canvas="c", seq=9, id="i", at=AT, entries=[], versions={})
    assert changes_of(commit, lambda _: UNKNOWN) == []
    state = Canvas()
    state.commit(build_intent(rectangle("a")))
    state.types.clear()
    change = one(state.commit(build_intent(move("a", 1))))
    assert (change.element_type, change.family) == (UNKNOWN, UNKNOWN)


def test_ch3_a_change_has_the_values_before_and_after(canvas):
    canvas.commit(build_intent(rectangle("a", strokeColor="#000")))
    change = one(canvas.commit(build_intent(Update("a", {"properties.strokeColor": "#f00", "properties.note": None}))))
    assert change.values["properties.strokeColor"] == Value('"#000"', '"#f00"')
    assert change.values["properties.note"] == Value(None, None)


def test_ch3_a_list_that_grew_says_by_how_much(canvas):
    canvas.commit(build_intent(rectangle("a", points=[[0, 0]])))
    change = one(canvas.commit(build_intent(Append("a", "properties.points", 1, [[1, 1], [2, 2]]))))
    assert change.values["properties.points"] == Value(appended=2)


def test_ch3_what_is_too_long_is_marked(canvas):
    change = one(canvas.commit(build_intent(rectangle("a", note="x" * MAX_VALUE_BYTES))))
    assert change.values["properties.note"] == Value(shortened=True)


def test_ch3_a_record_is_bounded_as_a_whole(canvas):
    long = "x" * (MAX_VALUE_BYTES // 2 - 100)
    properties: dict[str, Any] = {f"n{i}": long for i in range(25)}
    change = one(canvas.commit(build_intent(rectangle("a", **properties))))
    for letter in "abc":
        # The last twenty make room for the next.
        gone = {path: None for path in change.values if path.startswith("properties.")}
        values = gone | {f"properties.{letter}{i}": long for i in range(20)}
        change = merge(change, one(canvas.commit(build_intent(Update("a", values)))))
        assert sum(value.size for value in change.values.values()) <= MAX_RECORD_BYTES
    assert any(value.shortened for value in change.values.values())


@pytest.mark.parametrize(
    ("ops", "action"),
    [
        ([rectangle("n")], Action.CREATE),
        ([rectangle("n"), move("n", 4)], Action.CREATE),
        ([rectangle("n"), Delete("n")], Action.DELETE),
        ([move("a", 1)], Action.UPDATE),
        ([move("a", 1), Delete("a")], Action.DELETE),
        ([Delete("a"), Restore("a")], Action.UPDATE),
        ([Restore("d")], Action.RESTORE),
        ([Restore("d"), move("d", 1)], Action.RESTORE),
        ([Restore("d"), Delete("d")], Action.DELETE),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_ch4_the_action_says_what_it_came_to(canvas, ops: list[Op], action, together):
    canvas.commit(build_intent(rectangle("a"), rectangle("d")))
    canvas.commit(build_intent(Delete("d")))
    if together:
        assert one(canvas.commit(build_intent(*ops, gesture="g", number=1))).action is action
        return
    parts = [one(canvas.commit(build_intent(op, gesture="g", number=n))) for n, op in enumerate(ops, 1)]
    change = parts[0]
    for part in parts[1:]:
        change = merge(change, part)
    assert change.action is action


def test_ch5_without_a_gesture_each_commit_is_a_change_of_its_own(canvas):
    canvas.commit(build_intent(rectangle("a")))
    keys = {one(canvas.commit(build_intent(move("a", x)))).key for x in (1, 2, 3)}
    assert len(keys) == 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=30))
def test_ch6_a_gesture_keeps_its_first_before_and_its_last_after_however_it_is_cut(moves):
    canvas = Canvas()
    canvas.commit(build_intent(*(rectangle(element) for element in "abc")))
    folded: dict[str, Change] = {}
    for number, (element, x) in enumerate(moves, 1):
        for change in canvas.commit(build_intent(move(element, x), gesture="g", number=number)):
            folded[element] = merge(folded[element], change) if element in folded else change
    for element, change in folded.items():
        last = [x for moved, x in moves if moved == element][-1]
        assert json.loads(change.values["position.x"].before or "") == 0
        assert json.loads(change.values["position.x"].after or "") == last
        assert change.first_seq <= change.last_seq
    assert all(earlier.key == later.key for earlier, later in pairwise(folded.values()))
