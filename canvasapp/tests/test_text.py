"""What updates make of texts. The fixtures are read by static/src/sync/text.test.ts too: both must agree."""

import json
import time
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from canvasapp import text
from canvasapp.exceptions import Refused

FIXTURES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "tests" / "fixtures" / "text.json").read_text()
)


def plain_of(state: bytes) -> str:
    doc: Doc[Text] = Doc()
    doc.apply_update(state)
    return str(doc.get("text", type=Text))


@pytest.mark.parametrize("case", FIXTURES["seeds"], ids=lambda case: case["plain"])
def test_tx2_everyone_seeds_alike(case):
    assert text.seed(case["plain"]) == b64decode(case["state"])


@pytest.mark.parametrize("case", FIXTURES["merges"], ids=lambda case: case["name"])
def test_tx3_updates_of_browsers_merge_or_are_refused(case):
    state = b64decode(case["ytext"]) if "ytext" in case else None
    update = b64decode(case["update"])
    if code := case.get("refused"):
        with pytest.raises(Refused) as refused:
            text.merge(state, case["plain"], update)
        assert refused.value.code == code
        return
    merged = text.merge(state, case["plain"], update)
    assert merged.plain == case["text"]
    assert text.replay(state, case["plain"], update) == merged.state
    assert plain_of(merged.state) == merged.plain


@pytest.mark.parametrize("case", FIXTURES["edits"], ids=lambda case: f"{case['old']}->{case['now']}")
def test_tx4_an_edit_is_minimal_and_never_half_a_character(case):
    if case["old"] == case["now"]:
        return
    update = text.edit(None, case["old"], case["now"])
    assert text.merge(None, case["old"], update).plain == case["now"]
    read = text.read_update(update)
    assert "".join(item.content or "" for item in read.items) == case["inserted"]
    assert sum(end - first for _, first, end in read.deletes) == case["removed"]
    assert all(first == case["start"] for _, first, _ in read.deletes)


def changed(plain: str, *news: str, state: bytes | None = None) -> bytes | None:
    """The state after somebody made each of these texts of the one before."""
    for new in news:
        merged = text.merge(state, plain, text.edit(state, plain, new, 7))
        assert merged.plain == new
        state, plain = merged.state, new
    return state


characters = st.sampled_from(["a", "b", "\n", "é", "漢", "🎨", "👩‍👧", "e\u0301", "\u0000", "\U0010ffff"])
plains = st.lists(characters, max_size=8).map("".join)


@settings(deadline=None, derandomize=True)
@given(st.lists(plains, min_size=1, max_size=5))
def test_tx4_any_text_becomes_any_other(news):
    changed("", *[new for before, new in pairwise(["", *news]) if new != before])


@settings(deadline=None, derandomize=True)
@given(plains, st.lists(plains, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_tx5_the_order_of_concurrent_updates_does_not_matter(plain, news, chance):
    updates = [text.edit(None, plain, new) for new in news if new != plain]
    outcomes = set()
    for _ in range(3):
        chance.shuffle(updates)
        state, now = None, plain
        for update in updates:
            merged = text.merge(state, now, update)
            assert text.merge(merged.state, merged.plain, update).plain == merged.plain, "again changes nothing"
            state, now = merged.state, merged.plain
        outcomes.add(now)
    assert len(outcomes) == 1


@settings(deadline=None, derandomize=True)
@given(plains, st.lists(plains, min_size=1, max_size=4))
def test_tx6_joined_updates_do_what_both_do(plain, news):
    state, now, joined = None, plain, None
    for new in news:
        if new != now:
            update = text.edit(state, now, new)
            joined = update if joined is None else text.join(joined, update)
            state, now = text.merge(state, now, update).state, new
    if joined is not None:
        assert text.merge(None, plain, joined).plain == now


def number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def item(client: int, clock: int, *more: bytes, count: int = 1) -> bytes:
    return number(1) + number(count) + number(client) + number(clock) + b"".join(more)


TYPED = b"\x04\x01\x04text\x01x"
NASTY = {
    "more clients than there are bytes": number(2**53 - 1),
    "more items than there are bytes": number(1) + number(2**40) + number(5) + number(0),
    "no items": number(1) + number(0) + number(5) + number(0) + b"\x00",
    "a string as long as memory": item(5, 0, b"\x04\x01\x04text" + number(2**50)),
    "a deletion of everything there ever was": b"\x00\x01\x05\x01\x00" + number(2**53 - 1),
    "an endless number": b"\xff" * 64,
    "an empty string": item(5, 0, b"\x04\x01\x04text\x00", b"\x00"),
    "halves of characters as bytes": item(5, 0, b"\x04\x01\x04text\x03\xed\xa0\x80", b"\x00"),
    "not UTF-8": item(5, 0, b"\x04\x01\x04text\x02\xff\xfe", b"\x00"),
    "GC": item(5, 0, b"\x00\x05", b"\x00"),
    "a skip": item(5, 0, b"\x0a\x05", b"\x00"),
    "a nested type": item(5, 0, b"\x07\x01\x04text\x02", b"\x00"),
    "any values": item(5, 0, b"\x08\x01\x04text\x01\x7d\x01", b"\x00"),
    "binary": item(5, 0, b"\x03\x01\x04text\x01x", b"\x00"),
    "a subdocument": item(5, 0, b"\x09\x01\x04text\x01x\x7f", b"\x00"),
    "a map's key": item(5, 0, b"\x24\x01\x04text\x01k\x01x", b"\x00"),
    "a parent by its id": item(5, 0, b"\x04\x00\x00\x00\x01x", b"\x00"),
    "bytes behind it": item(5, 0, TYPED, b"\x00\x00"),
    "cut short": item(5, 0, TYPED),
    "one client twice": number(2) + (number(1) + number(5) + number(0) + TYPED) * 2 + b"\x00",
    "a clock beyond all": item(5, 2**32, TYPED, b"\x00"),
    "a deleted run beyond all": item(5, 0, b"\x01\x01\x04text" + number(2**31), b"\x00"),
    "origin in itself": item(5, 0, b"\x84\x05\x00\x01x", b"\x00"),
    "origins in a circle": b"\x02\x01\x05\x00\x84\x06\x00\x01x\x01\x06\x00\x84\x05\x00\x01y\x00",
    "right of what is missing": item(5, 0, b"\x44\x09\x09\x01x", b"\x00"),
    "far ahead": item(5, 10**6, TYPED, b"\x00"),
}  # fmt: skip


@pytest.mark.parametrize("update", NASTY.values(), ids=NASTY)
def test_tx7_what_is_made_to_harm_is_refused(update):
    for state, plain in [(None, "abc"), (changed("abc", "abXc", "aXc"), "aXc")]:
        with pytest.raises(Refused) as refused:
            text.merge(state, plain, update)
        assert refused.value.code in {"invalid", "conflict"}


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.data())
def test_tx7_any_bytes_are_merged_or_refused(data):
    """Damaged updates, which get further than random bytes."""
    state = changed("ab🎨c", "ab🎨Xc", "b🎨Xc")
    update = bytearray(text.edit(state, "b🎨Xc", data.draw(plains.filter(lambda new: new != "b🎨Xc")), 9))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(update)))
        end = place + data.draw(st.integers(0, 2))
        update[place:end] = data.draw(st.binary(max_size=3))
    try:
        merged = text.merge(state, "b🎨Xc", bytes(update))
    except Refused:
        pass
    else:
        assert plain_of(merged.state) == merged.plain
        merged.plain.encode()
        text.read_update(merged.state)


def crowd(first: int, count: int, *, rising: bool) -> bytes:
    """As many people as that typing at one place at once: the slowest there is to place."""
    clients = range(first, first + count) if rising else range(10**6 - first, 10**6 - first - count, -1)
    return number(count) + b"".join(number(1) + number(client) + b"\x00" + TYPED for client in clients) + b"\x00"


@pytest.mark.parametrize("rising", [True, False])
def test_tx8_a_text_made_to_be_slow_is_seen_before_it_is(rising):
    state, plain = None, ""
    for first in range(1, 10**5, 120):
        began = time.thread_time()
        merged = text.merge(state, plain, crowd(first, 120, rising=rising))
        assert time.thread_time() - began < 0.5  # some 20 ms on an idle machine
        state, plain = merged.state, merged.plain
        if merged.is_heavy:
            break
    assert merged.is_heavy
    assert len(text.read_update(merged.state).items) < 2_500


def test_tx8_too_many_pieces_at_once_are_refused():
    with pytest.raises(Refused, match="too_large"):
        text.merge(None, "", crowd(1, 1_000, rising=True))
    removals = b"\x00\x01\x00" + number(5_000) + b"".join(number(2 * place) + b"\x01" for place in range(5_000))
    with pytest.raises(Refused, match="too_large"):
        text.merge(None, "x" * 10_001, removals)


def test_tx7_who_types_as_somebody_else_is_refused():
    mine = item(5, 0, b"\x04\x01\x04text\x02me", b"\x00")
    state = text.merge(None, "", mine).state
    theirs = item(5, 0, b"\x04\x01\x04text\x03you", b"\x00")
    with pytest.raises(Refused, match="conflict"):
        text.merge(state, "me", theirs)
    assert text.merge(state, "me", item(5, 0, b"\x04\x01\x04text\x03men", b"\x00")).plain == "men"
