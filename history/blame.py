"""Who set each property of an element: its own ops alone, read backwards to its creation, then replayed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from canvasapp.commits import Commit
from canvasapp.elements import Element
from canvasapp.ops import Create, Op
from canvasapp.state import replayed
from history.reverting import Authorship, written

FIXED = ("position.x", "position.y", "dimensions.width", "dimensions.height", "angle", "index")


@dataclass(frozen=True, slots=True)
class Touch:
    by: Authorship
    op: Op


@dataclass(slots=True)
class Blame:
    """`element` as the touches leave it, a tombstone with what it had last. None: from before what is told."""

    element: Element
    created: Authorship | None
    deleted: Authorship | None = None
    properties: dict[str, Authorship | None] = field(default_factory=dict)


def touches(commits_backwards: Iterable[Commit], element_id: str) -> list[Touch]:
    """The element's ops, oldest first, from its last creation on; the commits are read no further than that."""
    found: list[Touch] = []
    for commit in commits_backwards:
        for entry in reversed(commit.entries):
            by = Authorship(entry.user, commit.seq, commit.at)
            for op in reversed(entry.ops):
                if op.id == element_id:
                    found.append(Touch(by, op))
                    if type(op) is Create:
                        return found[::-1]
    return found[::-1]


def blame(base: Element | None, ops: Iterable[Touch]) -> Blame | None:
    """Of the element as it was before the ops: that is nobody's that is told. None where there was no such element."""
    told = Blame(base, created=None) if base is not None else None
    for touch in ops:
        before = told.element if told is not None else None
        after = replayed(touch.op, before)
        if after is None:
            continue
        if told is None or type(touch.op) is Create:
            told = Blame(after, created=touch.by, properties=dict.fromkeys(paths_of(after), touch.by))
            continue
        told.element = after
        told.deleted = touch.by if after.deleted else None
        told.properties |= dict.fromkeys(written(touch.op, before, after), touch.by)
    if told is not None:
        told.properties = {path: told.properties.get(path) for path in paths_of(told.element)}
    return told


def paths_of(element: Element) -> list[str]:
    return [*FIXED, *(f"properties.{name}" for name in element.properties)]


def value_at(element: Element, path: str) -> Any:
    """As read_path, for the paths above only: a property's name needs no checking here."""
    if path.startswith("properties."):
        return element.properties[path.removeprefix("properties.")]
    value: Any = element
    for part in path.split("."):
        value = getattr(value, part)
    return value
