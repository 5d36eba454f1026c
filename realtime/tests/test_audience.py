"""What one connection or all are sent, with sockets that only remember."""

import json

import pytest

from canvasapp.elements import Dimensions, Position
from canvasapp.ops import Create
from canvasapp.state import CanvasState, Draft, Intent
from realtime.audience import COMPACT_ABOVE_COMMITS, GATHER_SECONDS, Audience
from realtime.protocol import UserInfo
from realtime.session import DELTA_BUDGET_BYTES, Flow

ALICE = UserInfo("1", "Alice", "#f00")


class Ear:
    def __init__(self, client, behind=False):
        self.client = client
        self.user = ALICE
        self.flow = Flow(sent_seq=0, behind=behind)
        self.heard = []

    async def transmit(self, message):
        self.heard.append(json.loads(message["text"]))


class Canvas:
    """A room's state and recent commits without a store."""

    def __init__(self):
        self.canvas_id = "c"
        self.state = CanvasState("c")
        self.crowded = self.degraded = False
        self.shared = []

    def commit(self, client="a", number=0, note=""):
        draft = Draft(self.state, f"id{self.state.seq}", "2026-01-02T03:04:05Z")
        op = Create(f"e{self.state.seq}", "rectangle", Position(0, 0), Dimensions(1, 1), properties={"note": note})
        draft.add(Intent(client, "1", number, [op]))
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        return sealed


@pytest.fixture
def canvas():
    return Canvas()


@pytest.fixture
async def audience(canvas):
    audience = Audience(canvas, "here", lambda _, changed: canvas.shared.append(changed))
    yield audience
    audience.stop()


def seqs(ear):
    return [commit["seq"] for m in ear.heard if m["type"] == "delta" for commit in m["commits"]]


async def test_fr_a_commit_goes_to_all_that_are_not_behind(audience, canvas):
    ready, behind = Ear("a"), Ear("b", behind=True)
    for ear in (ready, behind):
        audience.join(ear, ear.client, "editor")
    audience.committed(canvas.commit())
    await audience.flushed()
    assert (seqs(ready), seqs(behind)) == ([1], [])
    assert ready.flow.sent_seq == 1


async def test_jo_a_catch_up_of_few_is_one_delta_of_all_and_of_many_is_compacted(audience, canvas):
    missed = [canvas.commit("a", number) for number in range(1, COMPACT_ABOVE_COMMITS + 2)]
    few, many = Ear("few", behind=True), Ear("many", behind=True)
    audience.catch_up(few, missed[1:])
    audience.catch_up(many, missed)
    await audience.flushed()
    head = canvas.state.seq
    assert seqs(few) == list(range(2, head + 1))
    assert seqs(many) == [head]
    (delta,) = many.heard
    assert delta["commits"][0]["compacted"] is True
    assert not few.flow.behind
    assert not many.flow.behind
    assert few.flow.sent_seq == many.flow.sent_seq == head


async def test_fr_an_intent_that_comes_again_is_acknowledged_by_an_empty_delta(audience, canvas):
    ear = Ear("a")
    audience.join(ear, "a", "editor")
    audience.committed(canvas.commit("a", 7))
    audience.acknowledge_again(ear, "a", "1", 7)
    await audience.flushed()
    again = ear.heard[-1]
    assert (again["seq"], again["commits"][0]["entries"][0]["intent"]) == (1, 7)
    assert again["commits"][0]["entries"][0]["ops"] == []


async def test_fr_no_acknowledgement_overtakes_what_a_slow_client_lacks(audience, canvas):
    """Its empty delta would claim to stand for everything up to the head, and the replica would differ for good."""
    ear = Ear("a")
    audience.join(ear, "a", "editor")
    ear.flow.caught_up()
    audience.committed(canvas.commit("a", 1))
    ear.flow.note_sent(1, DELTA_BUDGET_BYTES)
    audience.committed(canvas.commit("b", 1))
    assert ear.flow.behind
    audience.acknowledge_again(ear, "a", "1", 1)
    await audience.flushed()
    assert seqs(ear) == [1]


async def test_pr_the_whole_board_is_shown_to_one_that_may_have_missed_some(audience, canvas):
    one, two = Ear("a", behind=True), Ear("b", behind=True)
    for ear in (one, two):
        audience.join(ear, ear.client, "editor")
    await audience.flushed()
    assert two.heard == []
    audience.show_everybody(two)
    await audience.flushed()
    assert [set(m["peers"]) for m in two.heard] == [{"a"}]
    assert canvas.shared == []  # no other process has the canvas


async def test_pr_what_is_here_is_shared_with_other_processes_and_what_is_there_is_not(audience, canvas):
    audience.processes["there"] = 0.0
    ear = Ear("a")
    audience.join(ear, "a", "editor")
    assert [set(changed) for changed in canvas.shared] == [{"a"}]
    user = {"id": "2", "name": "Bob", "color": "#0f0"}
    audience.board.relay("far", {"user": user}, "there")
    audience._send_presence()
    assert len(canvas.shared) == 1


async def test_pr7_everybody_but_the_askers_own_tabs_is_asked_to_come(audience):
    alice, alices_other, bob = Ear("a"), Ear("b"), Ear("c")
    bob.user = UserInfo("2", "Bob", "#0f0")
    for ear in (alice, alices_other, bob):
        audience.join(ear, ear.client, "editor")
    audience.gather("a", ALICE)
    await audience.flushed()
    asked = {"type": "gather", "client": "a", "user": {"id": "1", "name": "Alice", "color": "#f00"}}
    assert [[m for m in ear.heard if m["type"] == "gather"] for ear in (alice, alices_other, bob)] == [[], [], [asked]]


async def test_pr7_a_user_asks_once_in_ten_seconds_whatever_the_tab(audience):
    times = iter([100.0, 100.0, 100.0, 99.9 + GATHER_SECONDS, 100.1 + GATHER_SECONDS])
    audience._clock = lambda: next(times)
    assert [audience.may_gather(user) for user in ("1", "2", "1", "1", "1")] == [True, True, False, False, True]
