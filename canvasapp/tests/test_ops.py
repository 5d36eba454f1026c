"""OP rules: what each op makes of an element, what is refused, and that before-values undo."""

import math
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from canvasapp.elements import MAX_DEPTH, MAX_ELEMENT_BYTES, Element
from canvasapp.exceptions import Refused
from canvasapp.ops import (
    MAX_INDEX_LENGTH,
    Append,
    Create,
    Delete,
    Op,
    Restore,
    Update,
    apply,
    before_values,
    element_ids,
    parse_path,
    read_path,
)
from canvasapp.testing import content, move, rectangle


@pytest.fixture
def element() -> Element:
    made = apply(rectangle("e", 1, 2, color="red", points=[1, 2], style={"line": {"width": 3}}), None)
    assert made is not None
    return made


def code(op: Op, element: Element | None) -> str:
    with pytest.raises(Refused) as refused:
        apply(op, element)
    return refused.value.code


def updated(element: Element, **paths: Any) -> Element:
    made = apply(Update("e", {path.replace("__", "."): value for path, value in paths.items()}), element)
    assert made is not None
    return made


def decode(raw: str) -> Op:
    op: Op = msgspec.json.decode(raw, type=Op)
    return op


# Create


def test_op1_create_makes_the_element_without_null_properties():
    made = apply(rectangle("e", 1, 2, color="red", nothing=None), None)
    assert made is not None
    assert (made.position.x, made.properties, made.deleted) == (1, {"color": "red"}, False)


def test_op1_create_over_an_element_or_a_tombstone_is_refused(element):
    assert code(rectangle("e"), element) == "exists"
    assert code(rectangle("e"), apply(Delete("e"), element)) == "exists"


def test_el2_an_unknown_type_is_refused():
    assert code(msgspec.structs.replace(rectangle("e"), type="blob"), None) == "invalid"


@pytest.mark.parametrize(
    "properties", [{"a.b": 1}, {"": 1}, {"__proto__": 1}, {"a": {"constructor": 1}}, {"a": math.nan}, {"\ud800": 1}]
)
def test_op1_create_with_a_bad_property_is_refused(properties):
    assert code(rectangle("e", **properties), None) == "invalid"


def test_el7_an_element_above_the_size_limit_is_refused():
    assert code(rectangle("e", text="x" * MAX_ELEMENT_BYTES), None) == "too_large"
    assert apply(rectangle("e", text="x" * (MAX_ELEMENT_BYTES - 1000)), None) is not None


@pytest.mark.parametrize("element_id", ["", "a" * 65, "a b", "a#b", "a/b", "a\n", "é"])
def test_el1_an_id_is_plain(element_id):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"op": "delete", "id": element_id}, Op)


# The index


def test_op7_create_without_index_goes_to_the_top():
    tops = [None, "a0", "a9", "az", "Zz", "a0V"]
    made = [apply(rectangle("e"), None, top) for top in tops]
    assert [one.index for one in made if one] == ["a0", "a1", "aA", "b00", "a0", "a1"]


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "a",
        "0",
        "00",
        "a00",
        "a0 ",
        "a0\n",
        "a-",
        "A" + "0" * 26,
        "aé",
        "\N{FULLWIDTH DIGIT ONE}0",
        "b0",
        "a0.",
        "z0",
        "a0" * 129,
        5,
        None,
        ["a0"],
    ],
    ids=lambda junk: ascii(junk)[:12],
)
def test_op7_junk_is_not_an_index(element, junk):
    assert code(Update("e", {"index": junk}), element) == "invalid"
    if isinstance(junk, str):
        assert code(rectangle("e", index=junk), None) == "invalid"


@pytest.mark.parametrize("index", ["a0", "Zz", "a0V", "b00", "z" + "9" * 26, "a1" + "z" * 254])
def test_op7_a_fractional_index(element, index):
    assert updated(element, index=index).index == index


def test_op7_a_create_finds_a_place_above_the_highest_possible_index():
    top = "z" * MAX_INDEX_LENGTH
    made = apply(rectangle("e"), None, top)
    assert made is not None
    assert made.index >= top
    replayed = msgspec.structs.replace(rectangle("e"), index=made.index)
    assert apply(decode(msgspec.json.encode(replayed).decode()), None) == made


# Update


def test_op2_update_sets_numbers_and_leaves_the_rest(element):
    after = updated(element, position__x=5, dimensions__height=7.5, angle=1)
    assert (after.position.x, after.position.y, after.dimensions.width, after.dimensions.height) == (5.0, 2, 100, 7.5)
    assert (after.angle, after.properties) == (1.0, element.properties)


def test_el8_an_op_never_changes_the_element_given(element):
    before = msgspec.json.encode(element)
    updated(element, properties__style__line__width=9, properties__new__deep=1, position__x=3)
    apply(Append("e", "properties.points", 2, [3]), element)
    apply(Delete("e"), element)
    assert msgspec.json.encode(element) == before


def test_op2_nested_paths_make_their_parents(element):
    after = updated(element, properties__style__line__width=4, properties__a__b__c=1)
    assert after.properties["style"] == {"line": {"width": 4}}
    assert after.properties["a"] == {"b": {"c": 1}}


def test_op3_null_removes_and_makes_no_parents(element):
    after = updated(element, properties__color=None, properties__style__line__width=None, properties__x__y__z=None)
    assert after.properties == {"points": [1, 2], "style": {"line": {}}}


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "id", "version", "deleted", "position", "position.z", "position.x.y", "dimensions", "properties",
        "properties.", "properties..a", "properties.a.", "properties.__proto__", "properties.a.constructor",
        "properties." + "k" * 65, "Properties.a", "properties.\ud800", "created_by", "seq", "type",
        "properties" + ".k" * (MAX_DEPTH + 1), "properties" + ".k" * 100_000,
    ],
    ids=lambda path: ascii(path)[:24],
)  # fmt: skip
def test_op2_a_path_that_no_element_has(element, path):
    assert code(Update("e", {path: 1}), element) == "invalid"
    assert code(Append("e", path, 0, [1]), element) == "invalid"


def test_op2_a_path_through_something_that_is_not_an_object(element):
    assert code(Update("e", {"properties.color.x": 1}), element) == "invalid"
    assert code(Update("e", {"properties.points.0": 1}), element) == "invalid"
    assert code(Update("e", {"properties.style.line.width.x": None}), element) == "invalid"


def test_op2_depth_is_of_path_and_value_together(element):
    """Or repeated updates would nest deeper than any reader of the log can follow."""
    value: Any = 1
    for _ in range(MAX_DEPTH):
        value = {"k": value}
    assert code(Update("e", {"properties.a.b": value}), element) == "invalid"
    assert updated(element, properties__a=value).properties["a"] == value
    assert code(Append("e", "properties.a.b", 0, [value]), element) == "invalid"


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 1e9 + 1, 10**400, True, "1", None, [1]], ids=lambda v: str(v)[:8]
)
@pytest.mark.parametrize("path", ["position.x", "dimensions.width", "angle"])
def test_op2_only_numbers_within_bounds(element, path, value):
    assert code(Update("e", {path: value}), element) == "invalid"


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800", {"__proto__": 1}, {"a": [math.nan]}], ids=ascii)
def test_op2_a_property_value_that_clients_cannot_hold(element, value):
    assert code(Update("e", {"properties.a": value}), element) == "invalid"
    assert code(Append("e", "properties.points", 2, [value]), element) == "invalid"


def test_op2_an_empty_update_is_refused(element):
    assert code(Update("e", {}), element) == "invalid"


def test_op2_the_size_limit_holds_for_update_and_append(element):
    assert code(Update("e", {"properties.text": "x" * MAX_ELEMENT_BYTES}), element) == "too_large"
    almost = updated(element, properties__text="x" * (MAX_ELEMENT_BYTES - 1000))
    assert code(Append("e", "properties.points", 2, [1] * 1000), almost) == "too_large"


# Append


def test_op4_append_adds_behind_what_is_there(element):
    after = apply(Append("e", "properties.points", 2, [3, 4]), element)
    assert after is not None
    assert after.properties["points"] == [1, 2, 3, 4]
    fresh = apply(Append("e", "properties.new.list", 0, [1]), element)
    assert fresh is not None
    assert fresh.properties["new"] == {"list": [1]}


@pytest.mark.parametrize("at", [0, 1, 3])
def test_op4_append_at_another_length_conflicts(element, at):
    assert code(Append("e", "properties.points", at, [9]), element) == "conflict"


@pytest.mark.parametrize("path", ["properties.color", "properties.style", "position.x", "index"])
def test_op4_append_to_what_is_not_a_list(element, path):
    assert code(Append("e", path, 0, [1]), element) == "invalid"


def test_op4_append_takes_at_least_one_value():
    with pytest.raises(msgspec.ValidationError):
        decode('{"op":"append","id":"e","path":"properties.a","at":0,"values":[]}')


# Delete and restore


def test_op5_a_deleted_element_takes_only_a_restore(element):
    tombstone = apply(Delete("e"), element)
    assert tombstone is not None
    assert tombstone.deleted
    for op in (move("e", 1), Delete("e"), Append("e", "properties.points", 2, [3])):
        assert code(op, tombstone) == "gone"
    assert apply(Restore("e"), tombstone) == element


def test_op6_restoring_what_lives_changes_nothing(element):
    assert apply(Restore("e"), element) is None


@pytest.mark.parametrize("op", [move("e", 1), Delete("e"), Restore("e"), Append("e", "properties.a", 0, [1])])
def test_op8_an_element_that_never_was(op):
    assert code(op, None) == "not_found"


# Decoding


@pytest.mark.parametrize(
    "raw",
    [
        '{"op":"update","id":"e"}',
        '{"op":"update","id":"e","set":[]}',
        '{"op":"update","id":"e","set":{"angle":1},"expect":-1}',
        '{"op":"update","id":"e","set":{"angle":1},"expect":1.5}',
        '{"op":"text","id":"e","update":"%"}',
        '{"op":"erase","id":"e"}',
        '{"id":"e"}',
        '{"op":"create","id":"e","type":"rectangle","position":{"x":1e10,"y":0},"dimensions":{"width":1,"height":1}}',
        '{"op":"create","id":"e","type":"rectangle","position":{"x":1},"dimensions":{"width":1,"height":1}}',
        '{"op":"create","id":"e","type":5,"position":{"x":1,"y":1},"dimensions":{"width":1,"height":1}}',
        '{"op":"update","id":"e","set":{"position.x":1e999}}',
        '{"op":"update","id":"e","set":{"position.x":NaN}}',
    ],
)
def test_op9_what_is_not_an_op_does_not_decode(raw):
    with pytest.raises(msgspec.MsgspecError):
        decode(raw)


def test_op9_unknown_fields_are_ignored_and_expect_is_optional():
    op = decode('{"op":"delete","id":"e","colour":"red"}')
    assert isinstance(op, Delete)
    assert op.expect is UNSET


def test_element_ids_are_told_once_in_order():
    assert list(element_ids([move("b", 1), move("a", 1), Delete("b")])) == ["b", "a"]


# Before-values


@pytest.mark.parametrize(
    "paths",
    [
        {"position.x": 9, "angle": 1},
        {"properties.color": "blue"},
        {"properties.color": None},
        {"properties.new": 1},
        {"properties.new.deep.er": 1, "properties.new.other": 2},
        {"properties.style.line.width": None},
        {"properties.style.line": 5},
        {"properties.style.fresh.deep": 5},
        {"properties.style.line.color": 5, "properties.style": {"other": 1}},
        {"properties.style": 5, "properties.color": {"now": "an object"}, "properties.color.more": 1},
        {"properties.style.line.width": 1, "properties.style.line": 7},
        {"properties.nothing.here": None},
        {"properties.points": []},
        {"index": "b00"},
    ],
    ids=" ".join,
)
def test_op10_before_values_undo(element, paths):
    before = before_values(element, paths)
    after = apply(Update("e", paths), element)
    undone = apply(Update("e", before), after)
    assert undone is not None
    assert content(undone) == content(element)


def test_paths_are_parsed_and_read(element):
    assert parse_path("properties.style.line.width") == ("properties", "style", "line", "width")
    assert read_path(element, "properties.style.line.width") == 3
    assert read_path(element, "properties.color.x") is None
    assert read_path(element, "dimensions.width") == 100


def test_op1_a_create_decodes_as_it_was_encoded():
    op = rectangle("e", 1, 2, index="a1", color="red")
    assert decode(msgspec.json.encode(op).decode()) == op
    assert isinstance(op, Create)
