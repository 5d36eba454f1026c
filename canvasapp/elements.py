"""What stands on a canvas: the element, its registered types, its limits. Pure.

An Element is never changed in place once it is part of a state: ops make a new one. Nested values are shared.
"""

import math
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

# A thousand kilometres at 96 dpi: beyond any drawing, and far inside what doubles hold exactly.
MAX_COORDINATE = 1e9
MAX_ELEMENT_BYTES = 256 * 1024  # of the element as JSON; a DynamoDB item holds 400 KB
MAX_LIVE_ELEMENTS = 50_000
MAX_LIVE_BYTES = 64 * 1024 * 1024  # of a canvas's live elements as JSON
MAX_BYTES = 4 * MAX_LIVE_BYTES  # with the tombstones, which are kept for a while
MAX_DEPTH = 24  # nesting of a property's value
MAX_KEY_LENGTH = 64  # of a property that paths can reach
MAX_INNER_KEY_LENGTH = 256  # of a name inside a property's value
MAX_SAFE_INTEGER = 2**53 - 1  # what a JavaScript client reads back unchanged

# Every type belongs to one family, by which history can be filtered.
FAMILIES = {
    "rectangle": "shape",
    "ellipse": "shape",
    "diamond": "shape",
    "line": "shape",
    "arrow": "shape",
    "freedraw": "shape",
    "frame": "shape",
    "magicframe": "shape",
    "embeddable": "shape",
    "iframe": "shape",
    "text": "text",
    "image": "image",
}
# Keys by which a dotted path would reach a JavaScript client's prototypes.
FORBIDDEN_KEYS = frozenset({"__proto__", "constructor", "prototype"})

ElementId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Coordinate = Annotated[float, Meta(ge=-MAX_COORDINATE, le=MAX_COORDINATE)]


# gc=False: made of JSON alone, these cannot be part of a cycle, and a canvas has so many that looking at them all makes
# the collector the larger half of loading.
class Position(msgspec.Struct, frozen=True, gc=False):
    x: Coordinate
    y: Coordinate


class Dimensions(msgspec.Struct, frozen=True, gc=False):
    width: Coordinate
    height: Coordinate


class Element(msgspec.Struct, kw_only=True, gc=False):
    """`version` counts the commits that touched it; `seq` is the last of them; `updated_at` is RFC 3339 UTC.

    `ytext` is the state of a text that was edited together: a Yjs update with its Y.Text "text".
    """

    id: str
    type: str
    version: int
    position: Position
    dimensions: Dimensions
    angle: float
    index: str
    properties: dict[str, Any]
    deleted: bool
    created_by: str
    updated_by: str
    updated_at: str
    seq: int
    ytext: bytes | UnsetType = UNSET


class BadValue(ValueError):
    """A property's value or key breaks a limit; the message says which."""


def check_key(key: str) -> None:
    """Raises BadValue for a property key that is empty, too long, dotted, or reaches for a prototype."""
    if not 0 < len(key) <= MAX_KEY_LENGTH or "." in key or key in FORBIDDEN_KEYS:
        raise BadValue(f"{key[:80]!r} cannot be a property's name")
    check_value(key)


def check_value(value: Any, depth: int = 0) -> None:
    """Raises BadValue for what JSON clients cannot hold: not finite or huge numbers, lone surrogates, deep nesting."""
    kind = type(value)
    if kind is str:
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise BadValue("a text holds half of a surrogate pair") from None
    elif kind is int:
        if abs(value) > MAX_SAFE_INTEGER:
            raise BadValue("a whole number is above 2^53")
    elif kind is float:
        if not math.isfinite(value):
            raise BadValue("a number is not finite")
    elif kind is list or kind is dict:
        if depth >= MAX_DEPTH:
            raise BadValue(f"a value is nested deeper than {MAX_DEPTH}")
        if kind is dict:
            for key, inner in value.items():
                if len(key) > MAX_INNER_KEY_LENGTH or key in FORBIDDEN_KEYS:
                    raise BadValue(f"{key[:80]!r} cannot be a name")
                check_value(key)
                check_value(inner, depth + 1)
        else:
            for inner in value:
                check_value(inner, depth + 1)


def encoded_size(element: Element) -> int:
    return len(msgspec.json.encode(element))


@lru_cache(maxsize=200_000)
def _fnv1a_prefix(element_id: str) -> int:
    return _fnv1a(f"{element_id}:".encode(), 0x811C9DC5)


def _fnv1a(data: bytes, value: int) -> int:
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def fingerprint(element_id: str, version: int) -> int:
    """FNV-1a (32 bit) of "<id>:<version>"; a canvas's digest is the XOR of its live elements' fingerprints."""
    return _fnv1a(str(version).encode(), _fnv1a_prefix(element_id))
