"""Text ops in intents, in the log and on the wire."""

from base64 import b64decode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from pycrdt import Doc
from pycrdt import Text as YText

from canvasapp import text
from canvasapp.commits import compact, wire
from canvasapp.elements import MAX_ELEMENT_BYTES, Element
from canvasapp.exceptions import Refused
from canvasapp.ops import Create, Delete, Op, Restore, Text, Update, apply, plain_text
from canvasapp.testing import build_intent, content, move, note, rectangle, typed
from canvasapp.tests.test_properties import Run
from canvasapp.tests.test_state import Canvas, refusal


@pytest.fixture
def canvas() -> Canvas:
    made = Canvas()
    made.commit(build_intent(note("t", "Hello world"), rectangle("r")))
    return made


def shown(canvas: Canvas, element_id: str = "t") -> str:
    return str(canvas.state.elements[element_id].properties["text"])


def test_tx1_two_who_type_at_once_both_stand(canvas):
    seen = canvas.state.elements["t"]
    canvas.commit(build_intent(typed(seen, "Hello, world"), client="x"))
    canvas.commit(build_intent(typed(seen, "Hello world!"), client="y"))
    assert shown(canvas) == "Hello, world!"
    assert canvas.state.elements["t"].version == 3


def test_tx9_a_text_that_is_set_undoes_nobodys_typing(canvas):
    seen = canvas.state.elements["t"]
    canvas.commit(build_intent(typed(seen, "Hello world!"), client="x"))
    asked = Update("t", {"properties.text": "Dear world!", "position.x": 5.0}, expect=2)
    (entry,) = canvas.commit(build_intent(asked, client="y")).commit.entries
    rest, merged = entry.ops
    assert rest == Update("t", {"position.x": 5.0})
    assert isinstance(merged, Text)
    assert merged.text == "Dear world!"
    assert entry.before == [{"position.x": 0.0}, {"properties.text": "Hello world!"}]
    canvas.commit(build_intent(typed(seen, "Hello world?"), client="z"))
    assert sorted(shown(canvas)) == sorted("Dear world!?")


def test_tx9_setting_the_same_text_changes_nothing(canvas):
    assert canvas.commit(build_intent(Update("t", {"properties.text": "Hello world"}))).commit.versions == {}
    asked = build_intent(Update("t", {"properties.text": "Hello world"}, expect=7))
    assert refusal(canvas.draft(), asked) == "conflict"


@pytest.mark.parametrize("value", [5, ["x"], {"a": 1}, True])
def test_tx9_a_text_takes_characters(canvas, value):
    assert refusal(canvas.draft(), build_intent(Update("t", {"properties.text": value}))) == "invalid"


def test_tx9_a_text_taken_away_is_empty(canvas):
    canvas.commit(build_intent(Update("t", {"properties.text": None})))
    assert shown(canvas) == ""


def test_tx9_of_older_programs_the_typed_text_counts(canvas):
    canvas.commit(build_intent(note("old", "bro\nken", originalText="broken")))
    canvas.commit(build_intent(Update("old", {"properties.text": "bro\nken!", "properties.originalText": "broken!"})))
    assert canvas.state.elements["old"].properties == {"text": "broken!"}


def test_tx9_other_elements_have_a_property_of_that_name(canvas):
    (entry,) = canvas.commit(build_intent(Update("r", {"properties.text": "x"}))).commit.entries
    assert entry.ops == [Update("r", {"properties.text": "x"})]


def test_tx1_only_texts_are_typed_into(canvas):
    op = Text("r", text.edit(None, "", "x"))
    assert refusal(canvas.draft(), build_intent(op)) == "invalid"
    canvas.commit(build_intent(Delete("t")))
    assert refusal(canvas.draft(), build_intent(Text("t", op.update))) == "gone"
    assert refusal(canvas.draft(), build_intent(Text("none", op.update))) == "not_found"


def test_dr8_what_a_client_says_the_text_is_is_not_believed(canvas):
    op = msgspec.structs.replace(typed(canvas.state.elements["t"], "Hello world!"), text="lies")
    (entry,) = canvas.commit(build_intent(op)).commit.entries
    assert entry.ops[0].text == "Hello world!"


def test_dr5_typing_is_folded(canvas):
    draft = canvas.draft()
    for number, now in enumerate(["Hello world!", "Hello, world!", "Hello, 🎨!"], start=1):
        draft.add(build_intent(typed(draft.current("t"), now), client="x", number=number))
    (entry,) = canvas.adopt(draft).commit.entries
    (op,) = entry.ops
    assert op.text == "Hello, 🎨!"
    assert entry.before == [{"properties.text": "Hello world"}]


def test_op10_the_before_value_undoes_it(canvas):
    before = canvas.state.elements["t"]
    (entry,) = canvas.commit(build_intent(typed(before, "Bye"))).commit.entries
    canvas.commit(build_intent(Update("t", entry.before[0])))
    assert shown(canvas) == "Hello world"


def test_tx10_a_text_with_too_long_a_history_begins_anew(canvas, monkeypatch):
    monkeypatch.setattr(text, "MAX_STATE_ITEMS", 4)
    for now in ["Hello w", "H w", "Hxyw", "Hx-yw", "Hx-y+w"]:
        commit = canvas.commit(build_intent(typed(canvas.state.elements["t"], now))).commit
    assert any(type(op) is Update for sealed in canvas.log for entry in sealed.commit.entries for op in entry.ops)
    assert shown(canvas) == "Hx-y+w"
    assert commit.versions == {"t": 6}


def test_tx10_a_text_too_large_to_have_a_history_goes_without(canvas):
    large = "x" * (MAX_ELEMENT_BYTES - 2_000)
    canvas.commit(build_intent(note("large", large)))
    canvas.commit(build_intent(typed(canvas.state.elements["large"], large + "!")))
    assert shown(canvas, "large") == large + "!"
    assert canvas.state.elements["large"].ytext is UNSET
    too_large = typed(canvas.state.elements["large"], large + "!" * 5_000)
    assert refusal(canvas.draft(), build_intent(too_large)) == "too_large"


def test_dr10_the_work_of_merging_is_bounded(canvas):
    canvas.commit(build_intent(note("large", "x" * 50_000)))
    element = canvas.state.elements["large"]
    ops = [typed(element, element.properties["text"] + str(number)) for number in range(9)]
    assert refusal(canvas.draft(), build_intent(*ops)) == "too_large"


def test_tx11_logs_from_before_there_were_text_ops_set_texts(canvas):
    """What as_drafted does to new intents it must not do to the log."""
    old = Update("t", {"properties.text": "set"})
    changed = apply(old, canvas.state.elements["t"])
    assert changed is not None
    assert changed.properties["text"] == "set"
    merged = apply(typed(changed, "set!"), changed)
    assert merged is not None
    anew = apply(old, merged)
    assert anew is not None
    assert anew.ytext is UNSET


def test_dr1_a_refused_text_op_leaves_nothing(canvas):
    draft = canvas.draft()
    builds_on_nothing = Text("t", text.edit(None, "a text of another element", "a text of another element!"))
    assert refusal(draft, build_intent(move("t", 5), builds_on_nothing)) == "conflict"
    assert draft.empty


plains = st.lists(st.sampled_from(["a", "b", "é", "漢", "🎨"]), max_size=6).map("".join)
acts = st.one_of(
    st.tuples(st.just("type"), plains, st.integers(0, 3)),
    st.tuples(st.just("type"), plains, st.integers(0, 3)),
    st.tuples(st.just("set"), plains, st.just(0)),
    st.tuples(st.just("move"), st.just(""), st.integers(0, 9)),
    st.tuples(st.just("delete"), st.just(""), st.just(0)),
    st.tuples(st.just("restore"), st.just(""), st.just(0)),
)
batches = st.lists(st.lists(st.tuples(acts, st.sampled_from("xy")), min_size=1, max_size=5), min_size=1, max_size=6)


class Story(Run):
    """Texts made by people who see states some commits old."""

    def __init__(self, batches) -> None:
        super().__init__([])
        self.commit([build_intent(note("t", "ab🎨"))])
        for batch in batches:
            self.commit([build_intent(self.op(*act), client=who) for act, who in batch])

    def op(self, act: str, plain: str, amount: int):
        seen = self.states[max(0, len(self.states) - 1 - amount)].get("t") or self.states[-1]["t"]
        if act == "type" and plain != plain_text(seen):
            return typed(seen, plain)
        if act == "set":
            return Update("t", {"properties.text": plain, "angle": 1.0})
        return {"delete": Delete("t"), "restore": Restore("t")}.get(act, move("t", amount))


def applied(elements: dict[str, Element], commit) -> None:
    """As a replica does it, with the server's own ops: theirs are tested in test_properties."""
    for entry in commit.entries:
        for op in entry.ops:
            element = elements.get(op.id)
            if type(op) is Delete and (element is None or element.deleted):
                continue
            made = apply(op, None if type(op) is Create else element) if not replaces(op, commit) else None
            if type(op) is Restore:
                made = op.element or None
            elif type(op) is Text and element is not None and made is None:
                properties = {**element.properties, "text": op.text}
                made = msgspec.structs.replace(element, properties=properties, ytext=op.update)
            assert isinstance(made, Element)
            elements[op.id] = made


def replaces(op: Op, commit) -> bool:
    return type(op) is Restore or (type(op) is Text and commit.compacted is True)


def texts(elements: dict[str, Element]) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in elements.values():
        if element.type == "text" and not element.deleted:
            plain = plain_text(element)
            if element.ytext is not UNSET:
                doc: Doc[YText] = Doc()
                doc.apply_update(element.ytext)
                assert str(doc.get("text", type=YText)) == plain
            found[element.id] = plain
    return found


@settings(max_examples=100, deadline=None, derandomize=True)
@given(batches, st.data())
def test_cm6_replicas_by_deltas_or_compacted_have_the_texts_and_go_on_from_them(batches, data):
    story = Story(batches)
    since = data.draw(st.integers(0, len(story.log)))
    elements = dict(story.states[since])
    missed = compact(
        (sealed.commit for sealed in story.log[since:]), story.state.elements, story.state.seq, story.state.at
    )
    applied(elements, msgspec.convert(msgspec.to_builtins(missed), type(missed)))
    assert texts(elements) == texts(story.state.elements)
    followed = dict(story.states[since])
    for sealed in story.log[since:]:
        applied(followed, wire(sealed.commit))
    assert texts(followed) == texts(story.state.elements)
    for element in story.state.elements.values():
        if element.type == "text" and not element.deleted:
            op = typed(element, plain_text(element) + "✓")
            for holder in (elements, followed):
                after = apply(op, holder[element.id])
                assert after is not None
                assert plain_text(after) == plain_text(element) + "✓"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(batches)
def test_lg5_replaying_gives_the_same_texts_and_histories(batches):
    story = Story(batches)
    canvas = Canvas()
    canvas.log = story.log
    replayed = canvas.replayed().elements
    assert {e.id: content(e) for e in replayed.values()} == {e.id: content(e) for e in story.state.elements.values()}


def test_the_story_has_folded_and_concurrent_typing():
    """Guards against properties that hold because everything is refused."""
    merged = 0

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(batches)
    def look(batches):
        nonlocal merged
        story = Story(batches)
        for sealed in story.log:
            for entry in sealed.commit.entries:
                merged += sum(type(op) is Text for op in entry.ops)

    look()
    assert merged > 100


def test_the_wire_has_base64(canvas):
    commit = canvas.commit(build_intent(typed(canvas.state.elements["t"], "Hello"))).commit
    (op,) = msgspec.json.decode(msgspec.json.encode(wire(commit)))["entries"][0]["ops"]
    assert (op["op"], op["text"]) == ("text", "Hello")
    assert text.merge(None, "Hello world", b64decode(op["update"])).plain == "Hello"
    with pytest.raises(Refused):
        apply(Text("t", b""), canvas.state.elements["t"])
