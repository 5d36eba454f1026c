"""Bounds that keep one intent from holding everybody up, and one canvas from filling a server's memory."""

import pytest

from canvasapp import state as states
from canvasapp.elements import Dimensions, Position
from canvasapp.exceptions import Refused
from canvasapp.ops import Append, Create, Delete, Update
from canvasapp.state import KEYED, MAX_CLIENTS, CanvasState, Draft, Intent, now_rfc3339


def commit(state: CanvasState, *ops, client="c", number=0):
    draft = Draft(state, f"id{state.seq}", now_rfc3339())
    draft.add(Intent(client, "u", number, list(ops)))
    state.adopt(draft, draft.seal())


def stroke(element_id="s", points=20_000):
    return Create(element_id, "freedraw", Position(0, 0), Dimensions(1, 1), properties={"points": [[1, 2]] * points})


def test_dr10_many_changes_of_a_large_element_are_refused_at_once():
    state = CanvasState("c")
    commit(state, stroke())
    ops = [Append("s", "properties.points", 20_000 + place, [[3, 4]]) for place in range(1_000)]
    with pytest.raises(Refused) as refused:
        Draft(state, "id", now_rfc3339()).add(Intent("c", "u", 0, list(ops)))
    assert refused.value.code == "too_large"


def test_dr10_moving_a_large_element_costs_nothing_of_that():
    state = CanvasState("c")
    commit(state, stroke())
    ops = [Update("s", {"position.x": place}) for place in range(1_000)]
    assert Draft(state, "id", now_rfc3339()).add(Intent("c", "u", 0, list(ops))) == {"s": 2}


def test_dr6_a_full_canvas_takes_no_more_but_lets_things_go(monkeypatch):
    monkeypatch.setattr(states, "MAX_LIVE_BYTES", 100_000)
    state = CanvasState("c")
    commit(state, stroke("a"))
    with pytest.raises(Refused) as refused:
        commit(state, stroke("b"))
    assert refused.value.code == "limit"
    commit(state, Update("a", {"position.x": 5}))
    commit(state, Delete("a"))
    commit(state, stroke("b", points=10))
    assert state.live_bytes < 1_000 < state.bytes


def test_dr9_keys_of_requests_are_forgotten_before_tabs():
    state = CanvasState("c")
    commit(state, stroke("a", points=1), client="tab", number=7)
    for number in range(MAX_CLIENTS + 10):
        commit(state, Update("a", {"position.x": number}), client=f"{KEYED}{number}", number=1)
    assert state.clients["tab"].intent == 7
    assert len(state.clients) == MAX_CLIENTS
