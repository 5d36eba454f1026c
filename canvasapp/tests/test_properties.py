"""Any intents from any clients: draft, log, wire and undo agree. No store."""

import copy
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from canvasapp.commits import Sealed, compact, unseal, wire
from canvasapp.elements import Element, fingerprint
from canvasapp.exceptions import Refused
from canvasapp.ops import Append, Create, Delete, Op, Restore, Update, apply
from canvasapp.state import CanvasState, Draft, Intent
from canvasapp.testing import build_intent, content, rectangle
from canvasapp.tests.conftest import facts

IDS = ["a", "b", "c", "d"]
NUMBERS = ["position.x", "dimensions.height", "angle"]
PROPERTIES = ["p", "q", "p.x", "p.x.y", "p.z", "list"]
scalars = st.integers(-5, 5) | st.sampled_from(["", "red", True])
values: st.SearchStrategy[Any] = (
    st.none()
    | scalars
    | st.lists(st.integers(0, 9), max_size=3)
    | st.dictionaries(
        st.sampled_from("xyz"), scalars | st.dictionaries(st.sampled_from("xyz"), scalars, max_size=2), max_size=3
    )
)
sets = st.one_of(
    st.dictionaries(st.sampled_from(NUMBERS), st.integers(-5, 5), min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(PROPERTIES).map("properties.{}".format), values, min_size=1, max_size=2),
    st.builds(lambda path, value: {path: value}, st.sampled_from(["properties.p.x", "properties.r.s.t"]), values),
)
expects = st.just(UNSET) | st.just(UNSET) | st.integers(0, 4)
ids = st.sampled_from(IDS)
updates = st.builds(Update, st.sampled_from("ab"), sets)
ops: st.SearchStrategy[Op] = st.one_of(
    updates,
    updates,
    updates,
    st.builds(Update, ids, sets, expects),
    st.builds(
        lambda e, p: rectangle(e, **p), ids, st.dictionaries(st.sampled_from(["p", "q", "list"]), values, max_size=2)
    ),
    st.builds(
        Append, ids, st.just("properties.list"), st.integers(0, 3), st.lists(st.integers(0, 9), min_size=1, max_size=2)
    ),
    st.builds(Delete, ids, expects),
    st.builds(Restore, ids),
)
# (who, ops, gesture)
intents = st.tuples(
    st.sampled_from(["x", "x", "y", "z", ""]),
    st.lists(ops, min_size=1, max_size=3),
    st.sampled_from([UNSET, UNSET, "g"]),
)
commits = st.lists(st.lists(intents, min_size=1, max_size=6), min_size=1, max_size=5)
START = [
    build_intent(rectangle("a", p={"x": {"y": 1}}, q="red"), rectangle("b", list=[1]), rectangle("c", p=1)),
    build_intent(Delete("c")),
]


class Run:
    """The commits that some intents become, with the states between them."""

    def __init__(self, batches: list[list[Any]]) -> None:
        self.state = CanvasState("canvas")
        self.log: list[Sealed] = []
        self.states: list[dict[str, Element]] = [{}]
        self.numbers: dict[str, int] = {}
        self.commit(START)
        for batch in batches:
            self.commit(
                [
                    build_intent(*copy.deepcopy(asked), client=who, user=f"user-{who}", gesture=gesture)
                    for who, asked, gesture in batch
                ]
            )

    def commit(self, batch: list[Intent]) -> None:
        draft = Draft(self.state, f"id-{self.state.seq + 1}", f"2026-01-01T00:00:{self.state.seq:02d}.000Z")
        for intent in batch:
            number = self.numbers.get(intent.client, 0) + 1
            intent.number = number if intent.client else 0
            try:
                draft.add(intent)
            except Refused:
                continue  # its number goes to the next: mostly there are no gaps, so that entries are merged
            self.numbers[intent.client] = number
        if draft.empty:
            return
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        self.log.append(unseal(sealed.body, sealed.hash))
        self.states.append(dict(self.state.elements))


class Replica:
    """A client that knows the protocol's page and nothing of the server's code. Live elements only, as plain JSON."""

    def __init__(self) -> None:
        self.elements: dict[str, dict[str, Any]] = {}

    def receive(self, raw: bytes) -> None:
        commit = msgspec.json.decode(raw)
        for entry in commit["entries"]:
            for op in entry["ops"]:
                getattr(self, op["op"])(op)
        for element_id, version in commit["versions"].items():
            if element_id in self.elements:
                self.elements[element_id]["version"] = version

    def create(self, op: dict[str, Any]) -> None:
        self.elements[op["id"]] = {
            "id": op["id"],
            "type": op["type"],
            "position": op["position"],
            "dimensions": op["dimensions"],
            "angle": op.get("angle", 0),
            "index": op["index"],
            "properties": {key: value for key, value in op.get("properties", {}).items() if value is not None},
        }

    def update(self, op: dict[str, Any]) -> None:
        for path, value in op["set"].items():
            *parents, last = path.split(".")
            target = self.elements[op["id"]]
            for parent in parents:
                if target.get(parent) is None:
                    if value is None:
                        break
                    target[parent] = {}
                target = target[parent]
            else:
                if value is None:
                    target.pop(last, None)
                else:
                    target[last] = value

    def append(self, op: dict[str, Any]) -> None:
        *parents, last = op["path"].split(".")
        target = self.elements[op["id"]]
        for parent in parents:
            target = target.setdefault(parent, {})
        current = target.setdefault(last, [])
        assert len(current) == op["at"]
        current.extend(op["values"])

    def delete(self, op: dict[str, Any]) -> None:
        self.elements.pop(op["id"], None)

    def restore(self, op: dict[str, Any]) -> None:
        kept = ("id", "type", "position", "dimensions", "angle", "index", "properties")
        self.elements[op["id"]] = {key: op["element"][key] for key in kept}

    def digest(self) -> int:
        value = 0
        for element in self.elements.values():
            value ^= fingerprint(element["id"], element["version"])
        return value


def seen(elements: dict[str, Element]) -> dict[str, Any]:
    return {
        element.id: {key: value for key, value in content(element).items() if key != "deleted"}
        | {"version": element.version}
        for element in elements.values()
        if not element.deleted
    }


@settings(max_examples=150, deadline=None, derandomize=True)
@given(commits)
def test_lg5_replaying_the_log_gives_the_state_that_wrote_it(batches):
    run = Run(batches)
    replayed = CanvasState("canvas")
    for sealed in run.log:
        replayed.replay(sealed)
    assert facts(replayed) == facts(run.state)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(commits)
def test_op10_undoing_a_commit_from_its_end_gives_what_was_before(batches):
    run = Run(batches)
    for place, sealed in enumerate(run.log):
        elements: dict[str, Element | None] = dict(run.states[place + 1])
        for entry in reversed(sealed.commit.entries):
            assert isinstance(entry.before, list)
            for op, before in reversed(list(zip(entry.ops, entry.before, strict=True))):
                element = elements[op.id]
                assert element is not None
                elements[op.id] = undone(op, before, element)
        old = {element_id: content(element) for element_id, element in run.states[place].items()}
        # Undoing a create deletes the element: what is left of it is a tombstone.
        left = {element_id: content(element) for element_id, element in elements.items() if element is not None}
        assert left == old


def undone(op: Op, before: dict[str, Any] | None, element: Element) -> Element | None:
    if type(op) is Create:
        return None
    if before is not None:
        return apply(Update(op.id, before), element)
    if type(op) is Append:
        key = op.path.removeprefix("properties.")
        kept = element.properties[key][: op.at]
        properties = {**element.properties, key: kept}
        return msgspec.structs.replace(element, properties=properties)
    return msgspec.structs.replace(element, deleted=type(op) is Restore)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(commits)
def test_cm5_a_replica_that_applies_deltas_has_the_state(batches):
    run = Run(batches)
    replica = Replica()
    for place, sealed in enumerate(run.log):
        replica.receive(msgspec.json.encode(wire(sealed.commit)))
        assert replica.elements == seen(run.states[place + 1])
    assert replica.digest() == run.state.digest


@settings(max_examples=150, deadline=None, derandomize=True)
@given(commits, st.data())
def test_cm6_a_compacted_commit_brings_an_old_replica_to_the_state(batches, data):
    run = Run(batches)
    since = data.draw(st.integers(0, len(run.log)))
    replica = Replica()
    for sealed in run.log[:since]:
        replica.receive(msgspec.json.encode(wire(sealed.commit)))
    missed = compact((sealed.commit for sealed in run.log[since:]), run.state.elements, run.state.seq, run.state.at)
    replica.receive(msgspec.json.encode(missed))
    assert replica.elements == seen(run.state.elements)
    assert replica.digest() == run.state.digest
    acknowledged = {entry.client: entry.intent for entry in missed.entries if entry.client}
    marks = {client: mark.intent for client, mark in run.state.clients.items() if mark.seq > since}
    assert acknowledged == marks


def test_the_strategies_make_something():
    """Guards against properties that hold because everything is refused."""
    kinds: set[str] = set()
    folded = 0

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(commits)
    def look(batches):
        nonlocal folded
        for sealed in Run(batches).log[1:]:
            for entry in sealed.commit.entries:
                kinds.update(type(op).__name__ for op in entry.ops)
                folded += entry.first is not UNSET

    look()
    assert kinds == {"Create", "Update", "Append", "Delete", "Restore"}
    assert folded > 5
