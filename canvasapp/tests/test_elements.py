"""EL rules: limits of values and keys, the fingerprint and the digest."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvasapp.elements import MAX_DEPTH, BadValue, Position, check_key, check_value, fingerprint
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, rectangle


def nested(depth: int, kind: type = list) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if kind is list else {"k": value}
    return value


@pytest.mark.parametrize(("element_id", "version"), [("a", 0), ("e1", 1), ("Zz_-9", 4_000_000_000)])
def test_el6_the_fingerprint_is_fnv1a_of_id_and_version(element_id, version):
    value = 2166136261  # the definition: offset and prime of FNV-1a 32, in decimal
    for byte in f"{element_id}:{version}".encode("ascii"):
        value = (value ^ byte) * 16777619 % 2**32
    assert fingerprint(element_id, version) == value


def test_el6_known_vectors():
    # The published vectors of FNV-1a 32: "" 811c9dc5, "a" e40c292c, "foobar" bf9cf968.
    from canvasapp.elements import _fnv1a

    assert [_fnv1a(text, 0x811C9DC5) for text in (b"", b"a", b"foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


def test_el6_the_digest_is_the_xor_of_live_elements_only():
    state = CanvasState("c")
    made = Draft(state, "id", "2026-01-01T00:00:00.000Z")
    made.add(build_intent(rectangle("e1"), rectangle("e2")))
    first, second = made.changed.values()
    state.put(first)
    state.put(second)
    assert state.digest == fingerprint("e1", 1) ^ fingerprint("e2", 1)
    state.put(msgspec.structs.replace(first, deleted=True, version=2))
    assert (state.digest, state.live) == (fingerprint("e2", 1), 1)
    state.put(msgspec.structs.replace(first, version=3))
    assert (state.digest, state.live) == (fingerprint("e1", 3) ^ fingerprint("e2", 1), 2)


@pytest.mark.parametrize(
    "key", ["", "a.b", "k" * 65, "__proto__", "constructor", "prototype", "\ud800"], ids=lambda key: ascii(key)[:16]
)
def test_el4_a_property_key_that_no_path_may_have(key):
    with pytest.raises(BadValue):
        check_key(key)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**53,
        -(2**53),
        "\udc00",
        {"\ud800": 1},
        {"__proto__": {}},
        {"k" * 257: 1},
        [{"a": [math.nan]}],
        nested(MAX_DEPTH + 1),
        nested(MAX_DEPTH + 1, dict),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_el5_a_value_that_clients_cannot_hold(value):
    with pytest.raises(BadValue):
        check_value(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        2**53 - 1,
        1e308,
        "\N{GRINNING FACE}",
        {"": 1, "a.b": None},
        nested(MAX_DEPTH),
        nested(MAX_DEPTH, dict),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_el5_a_value_that_clients_can_hold(value):
    check_value(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_el5_what_passes_survives_json(value):
    try:
        check_value(value)
    except BadValue:
        return
    assert msgspec.json.decode(msgspec.json.encode(value)) == value


@pytest.mark.parametrize("bad", [math.nan, math.inf, 10**400, 1e9 + 1, "1", True, None], ids=lambda bad: str(bad)[:8])
def test_el3_a_coordinate_is_a_number_within_a_thousand_million(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"x": bad, "y": 0}, Position)
