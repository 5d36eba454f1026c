"""Ops: the changes that can be asked for, and what each makes of an element. Pure.

`apply` never changes the element it is given. Paths, nulls and before-values are specified in SPEC.md (OP rules).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from fractional_indexing import FIError, generate_key_between, validate_order_key
from msgspec import UNSET, Meta, UnsetType

from canvasapp import text
from canvasapp.elements import (
    FAMILIES,
    MAX_COORDINATE,
    MAX_DEPTH,
    MAX_ELEMENT_BYTES,
    BadValue,
    Coordinate,
    Dimensions,
    Element,
    ElementId,
    Position,
    check_key,
    check_value,
    encoded_size,
)
from canvasapp.exceptions import Refused

MAX_OPS = 1_000  # an intent
MAX_INTENT_BYTES = 512 * 1024  # of an intent as JSON
MAX_INDEX_LENGTH = 256  # keys grow by a digit for some 60 insertions at one place

Version = Annotated[int, Meta(ge=0)]
Index = Annotated[str, Meta(min_length=2, max_length=MAX_INDEX_LENGTH)]


# gc=False: these make no cycles, and there are many.
class Create(msgspec.Struct, tag_field="op", tag="create", gc=False, omit_defaults=True):
    id: ElementId
    type: str
    position: Position
    dimensions: Dimensions
    angle: Coordinate = 0.0
    index: Index | UnsetType = UNSET
    properties: dict[str, Any] = {}


class Update(msgspec.Struct, tag_field="op", tag="update", gc=False):
    id: ElementId
    set: dict[str, Any]
    expect: Version | UnsetType = UNSET


class Append(msgspec.Struct, tag_field="op", tag="append", gc=False):
    id: ElementId
    path: str
    at: Annotated[int, Meta(ge=0)]
    values: Annotated[list[Any], Meta(min_length=1)]


class Delete(msgspec.Struct, tag_field="op", tag="delete", gc=False):
    id: ElementId
    expect: Version | UnsetType = UNSET


class Restore(msgspec.Struct, tag_field="op", tag="restore", gc=False):
    """`element` is the server's to fill in: what stands again, for replicas that never saw the tombstone."""

    id: ElementId
    element: Element | UnsetType = UNSET


class Text(msgspec.Struct, tag_field="op", tag="text", gc=False):
    """A Yjs update of an element's Y.Text "text". `text` is the server's to fill in: the whole plain text after it."""

    id: ElementId
    update: bytes
    text: str | UnsetType = UNSET


Op = Create | Update | Append | Text | Delete | Restore


@lru_cache(maxsize=4_096)
def parse_path(path: str) -> tuple[str, ...]:
    """The parts of a dotted path. Raises Refused("invalid") for one that no element has."""
    parts = tuple(path.split("."))
    if path in _FIXED_PATHS:
        return parts
    if parts[0] == "properties" and len(parts) > 1:
        if len(parts) - 1 > MAX_DEPTH:
            raise Refused("invalid", f"path {path[:200]!r} is deeper than {MAX_DEPTH}")
        try:
            for key in parts[1:]:
                check_key(key)
        except BadValue as error:
            raise Refused("invalid", f"path {path[:200]!r}: {error}") from None
        return parts
    raise Refused("invalid", f"{path[:200]!r} is not a path of an element")


_TEXT_PATHS = ("properties.originalText", "properties.text")  # in the order in which they count
_FIXED_PATHS = frozenset({"position.x", "position.y", "dimensions.width", "dimensions.height", "angle", "index"})


def read_path(element: Element, path: str) -> Any:
    """The value at a path; None where there is none."""
    parts = parse_path(path)
    if parts[0] != "properties":
        value: Any = element
        for part in parts:
            value = getattr(value, part)
        return value
    value = element.properties
    for part in parts[1:]:
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def plain_text(element: Element) -> str:
    """A text as it was typed. Elements of older programs have it as `originalText`, beside one broken into lines."""
    for name in ("originalText", "text"):
        plain = element.properties.get(name)
        if isinstance(plain, str):
            return plain
    return ""


def creation(element: Element) -> Create:
    """What makes the element anew, with its plain text: who typed what (`ytext`) is not in a creation."""
    return Create(
        id=element.id,
        type=element.type,
        position=element.position,
        dimensions=element.dimensions,
        angle=element.angle,
        index=element.index,
        properties=element.properties,
    )


def as_drafted(op: Op, element: Element | None) -> list[Op]:
    """What the log takes for `op`: a text that is set becomes a merge of what differs from the text that stands.

    So it undoes nothing that others are typing at that moment. Raises Refused.
    """
    if type(op) is not Update or element is None or element.deleted or FAMILIES[element.type] != "text":
        return [op]
    asked = {path: value for path, value in op.set.items() if path in _TEXT_PATHS}
    if not asked:
        return [op]
    if not all(value is None or isinstance(value, str) for value in asked.values()):
        raise Refused("invalid", "a text takes characters")
    old = plain_text(element)
    new = next((value for path in _TEXT_PATHS if (value := asked.get(path)) is not None), "")
    drafted: list[Op] = []
    if rest := {path: value for path, value in op.set.items() if path not in asked}:
        drafted.append(Update(op.id, rest, op.expect))
    if new != old:
        check_text(new)
        ytext = element.ytext if element.ytext is not UNSET else None
        drafted.append(Text(op.id, text.edit(ytext, old, new)))
    return drafted


def check_text(value: str) -> None:
    try:
        check_value(value)
    except BadValue as error:
        raise Refused("invalid", str(error)) from None


def replay_text(op: Text, element: Element) -> Element:
    """What a text op of the log makes: it was checked when it came, and its outcome stands beside it."""
    state = text.replay(element.ytext if element.ytext is not UNSET else None, plain_text(element), op.update)
    return _with_text(element, state, op.text if op.text is not UNSET else "")


def before_values(element: Element, paths: dict[str, Any]) -> dict[str, Any]:
    """What an Update with `paths` replaces, as a set that undoes it.

    Where a nested path's parent does not exist yet, the undoing is to remove the outermost part that gets made. A path
    below another of them is left out: it is undone with that one, and might lead through a value that is no object.
    """
    before: dict[str, Any] = {}
    for path in paths:
        parts = parse_path(path)
        if any(".".join(parts[:depth]) in paths for depth in range(2, len(parts))):
            continue
        value: Any = element.properties
        for depth in range(1, len(parts) - 1 if parts[0] == "properties" else 0):
            value = value.get(parts[depth]) if isinstance(value, dict) else None
            if value is None:
                before[".".join(parts[: depth + 1])] = None
                break
        else:
            before[path] = read_path(element, path)
    return before


def apply(op: Op, element: Element | None, top_index: str | None = None) -> Element | None:
    """The element after `op`; None where the op changes nothing (restoring what is not deleted).

    `element` is what stands under the id now, a tombstone included. `top_index` is the canvas's highest index, above
    which a Create without index goes. The answer's version, author, time and seq are the caller's to set.
    A text whose history has grown too long, or does not fit beside it, comes without `ytext`: it begins anew.
    Raises Refused: invalid, exists, not_found, gone, conflict, too_large.
    """
    if type(op) is Create:
        return _create(op, element, top_index)
    if element is None:
        raise Refused("not_found", f"there is no element {op.id}")
    if type(op) is Restore:
        return msgspec.structs.replace(element, deleted=False) if element.deleted else None
    if element.deleted:
        raise Refused("gone", f"element {op.id} is deleted")
    if type(op) is Update:
        return _update(op, element)
    if type(op) is Append:
        return _append(op, element)
    if type(op) is Text:
        return _text(op, element)
    return msgspec.structs.replace(element, deleted=True)


def _create(op: Create, element: Element | None, top_index: str | None) -> Element:
    if element is not None:
        raise Refused("exists", f"there is an element {op.id} already")
    if op.type not in FAMILIES:
        raise Refused("invalid", f"{op.type[:80]!r} is not a type of element")
    properties = {key: value for key, value in op.properties.items() if value is not None}
    try:
        for key, value in properties.items():
            check_key(key)
            check_value(value)
    except BadValue as error:
        raise Refused("invalid", f"element {op.id}: {error}") from None
    created = Element(
        id=op.id,
        type=op.type,
        version=0,
        position=op.position,
        dimensions=op.dimensions,
        angle=op.angle,
        index=_check_index(op.index) if op.index is not UNSET else _index_above(top_index),
        properties=properties,
        deleted=False,
        created_by="",
        updated_by="",
        updated_at="",
        seq=0,
    )
    _check_size(created)
    return created


def _update(op: Update, element: Element) -> Element:
    if not op.set:
        raise Refused("invalid", f"the update of {op.id} sets nothing")
    position, dimensions, angle, index = element.position, element.dimensions, element.angle, element.index
    properties: dict[str, Any] | None = None
    for path, value in op.set.items():
        parts = parse_path(path)
        root = parts[0]
        if root == "properties":
            if properties is None:
                properties = dict(element.properties)
            if value is not None:
                _check_property(value, parts, path)
            _place_property(properties, parts, value, path)
        elif root == "position":
            number = _number(value, path)
            position = Position(number, position.y) if parts[1] == "x" else Position(position.x, number)
        elif root == "dimensions":
            number = _number(value, path)
            dimensions = (
                Dimensions(number, dimensions.height) if parts[1] == "width" else Dimensions(dimensions.width, number)
            )
        elif root == "angle":
            angle = _number(value, path)
        else:
            index = _check_index(value)
    updated = Element(
        id=element.id,
        type=element.type,
        version=element.version,
        position=position,
        dimensions=dimensions,
        angle=angle,
        index=index,
        properties=element.properties if properties is None else properties,
        deleted=False,
        created_by=element.created_by,
        updated_by=element.updated_by,
        updated_at=element.updated_at,
        seq=element.seq,
        # A text that was set, not merged (logs from before there were text ops have that), begins anew.
        ytext=UNSET if any(path in op.set for path in _TEXT_PATHS) else element.ytext,
    )
    if properties is not None:
        _check_size(updated)
    return updated


def _append(op: Append, element: Element) -> Element:
    parts = parse_path(op.path)
    current = read_path(element, op.path)
    if parts[0] != "properties" or (current is not None and type(current) is not list):
        raise Refused("invalid", f"{op.path[:200]!r} of {op.id} is not a list")
    length = len(current) if current else 0
    if op.at != length:
        raise Refused("conflict", f"{op.path[:200]!r} of {op.id} has {length} values, not {op.at}")
    _check_property(op.values, parts, op.path)  # what is there already was checked when it came
    properties = dict(element.properties)
    _place_property(properties, parts, [*(current or ()), *op.values], op.path)
    appended = msgspec.structs.replace(element, properties=properties)
    _check_size(appended)
    return appended


def _text(op: Text, element: Element) -> Element:
    if FAMILIES[element.type] != "text":
        raise Refused("invalid", f"{op.id} is no text")
    merged = text.merge(element.ytext if element.ytext is not UNSET else None, plain_text(element), op.update)
    edited = _with_text(element, merged.state, merged.plain)
    if merged.is_heavy or encoded_size(edited) > MAX_ELEMENT_BYTES:
        edited.ytext = UNSET
        _check_size(edited)
    return edited


def _with_text(element: Element, ytext: bytes, plain: str) -> Element:
    properties = {**element.properties, "text": plain}
    properties.pop("originalText", None)
    return msgspec.structs.replace(element, properties=properties, ytext=ytext)


def _check_property(value: Any, parts: tuple[str, ...], path: str) -> None:
    try:
        check_value(value, len(parts) - 2)
    except BadValue as error:
        raise Refused("invalid", f"{path[:200]!r}: {error}") from None


def _place_property(properties: dict[str, Any], parts: tuple[str, ...], value: Any, path: str) -> None:
    """Sets below `properties`, which is the caller's own copy; deeper objects are copied on the way down."""
    target = properties
    for part in parts[1:-1]:
        inner = target.get(part)
        if inner is None:
            if value is None:
                return
            inner = {}
        elif type(inner) is not dict:
            raise Refused("invalid", f"{path[:200]!r} goes through a value that is not an object")
        target[part] = inner = dict(inner)
        target = inner
    if value is None:
        target.pop(parts[-1], None)
    else:
        target[parts[-1]] = value


def _number(value: Any, path: str) -> float:
    if type(value) not in (int, float) or not -MAX_COORDINATE <= value <= MAX_COORDINATE:
        raise Refused("invalid", f"{path!r} takes a number between -1e9 and 1e9")
    return float(value)


def _check_index(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_INDEX_LENGTH:
        raise Refused("invalid", "'index' takes a fractional index such as \"a0\"")
    try:
        if not (value.isascii() and value.isalnum()):
            raise FIError
        validate_order_key(value)
    except (FIError, IndexError):
        raise Refused("invalid", f"{value[:80]!r} is not a fractional index") from None
    return value


def _index_above(top_index: str | None) -> str:
    """An index above `top_index`; the same where no room is left above it (ties go by id)."""
    index: str = generate_key_between(top_index, None)
    return index if len(index) <= MAX_INDEX_LENGTH or top_index is None else top_index


def _check_size(element: Element) -> None:
    if encoded_size(element) > MAX_ELEMENT_BYTES:
        raise Refused("too_large", f"element {element.id} would be above {MAX_ELEMENT_BYTES} bytes")


def element_ids(ops: list[Op]) -> Iterator[str]:
    """The elements that ops are about, each once, in order."""
    return iter(dict.fromkeys(op.id for op in ops))
