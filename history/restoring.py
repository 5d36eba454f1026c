"""The ops that bring a canvas, or some of its elements, back to what they were. Pure.

Nothing is rewritten: restoring is new work on top of today's canvas, and can itself be taken back.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from canvasapp.elements import FAMILIES, Element, encoded_size
from canvasapp.ops import MAX_INTENT_BYTES, MAX_OPS, Delete, Op, Restore, Update, creation, plain_text
from canvasapp.state import MAX_REPLACED_BYTES

_encoder = msgspec.json.Encoder()
MAX_SAID_BYTES = MAX_INTENT_BYTES - 1024  # the rest is for what is around the ops


def restoring(
    past: Mapping[str, Element], now: Mapping[str, Element], only: AbstractSet[str] | None = None
) -> list[Op]:
    """From `now` (tombstones included) to the live elements of `past`; of all elements, or of those in `only`.

    Each op expects the version that it was made for, so that what somebody changes meanwhile is not overrun. What goes,
    goes first: a full canvas has room for the rest then. With a shape comes or goes its label.
    """
    if only is not None:
        only = only | _labels(only, past) | _labels(only - past.keys(), now)
    ops: list[Op] = [
        Delete(element_id, current.version)
        for element_id, current in now.items()
        if (only is None or element_id in only) and not current.deleted and element_id not in past
    ]
    for element_id, then in past.items():
        if only is not None and element_id not in only:
            continue
        current = now.get(element_id)
        if current is None:  # its tombstone has passed its lifetime
            ops.append(creation(then))
            continue
        if current.deleted:
            ops.append(Restore(element_id))
        if different := difference(current, then):
            expect = msgspec.UNSET if current.deleted else current.version
            ops.append(Update(element_id, different, expect))
    return ops


def _labels(of: AbstractSet[str], elements: Mapping[str, Element]) -> set[str]:
    return {one.id for one in elements.values() if one.type == "text" and one.properties.get("containerId") in of}


def difference(current: Element, then: Element) -> dict[str, Any]:
    """The set of an update that makes `current` look like `then`."""
    wanted: dict[str, Any] = {}
    for group in ("position", "dimensions"):
        old, new = getattr(current, group), getattr(then, group)
        for name in old.__struct_fields__:
            if getattr(old, name) != getattr(new, name):
                wanted[f"{group}.{name}"] = getattr(new, name)
    for name in ("angle", "index"):
        if getattr(current, name) != getattr(then, name):
            wanted[name] = getattr(then, name)
    now, past = shown(current), shown(then)
    for key in now | past:
        if now.get(key) != past.get(key):
            wanted[f"properties.{key}"] = past.get(key)
    return wanted


def shown(element: Element) -> dict[str, Any]:
    """Its properties, with a text's words in one place: older programs keep them whole as originalText, beside a copy
    that is broken into lines.
    """
    if FAMILIES[element.type] != "text":
        return element.properties
    rest = {name: value for name, value in element.properties.items() if name not in {"text", "originalText"}}
    return rest | {"text": plain_text(element)}


def intents(ops: Iterable[Op], now: Mapping[str, Element]) -> Iterator[list[Op]]:
    """The ops in portions that an intent may have, in order: what it replaces is bounded as well as what it says."""
    portion: list[Op] = []
    said = replaced = 0
    for op in ops:
        weight = len(_encoder.encode(op)) + 1
        old = encoded_size(now[op.id]) if op.id in now else 0
        full = len(portion) == MAX_OPS or said + weight > MAX_SAID_BYTES or replaced + old > MAX_REPLACED_BYTES // 2
        if portion and full:
            yield portion
            portion, said, replaced = [], 0, 0
        portion.append(op)
        said += weight
        replaced += old
    if portion:
        yield portion
