"""From a commit to change records: what people did, a record for each gesture and element. Pure.

A commit holds what was accepted together; a gesture may last for many commits, and a commit has many people's. A Change
is one person's doing to one element within one gesture; the same key in a later commit goes on with it (`merge`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET

from canvasapp.commits import Commit, Entry
from canvasapp.elements import FAMILIES
from canvasapp.ops import Append, Create, Delete, Op, Restore, Text, Update

MAX_VALUE_BYTES = 16 * 1024  # before and after as JSON; the archive has what is longer
MAX_RECORD_BYTES = 256 * 1024  # of all values of a record
UNKNOWN = "unknown"  # the type of an element whose creation no commit here has


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Value:
    """One property over a change. `before` and `after` are JSON, None where there was or is no value.

    A list that only grew has `appended`, the number of its new values, in place of both. `shortened`: the values were
    too long to be kept here.
    """

    before: str | None = None
    after: str | None = None
    appended: int = 0
    shortened: bool = False

    @property
    def size(self) -> int:
        return len(self.before or "") + len(self.after or "")


@dataclass(frozen=True, slots=True)
class Change:
    canvas: str
    key: str  # with canvas and element: what folds into one record
    element: str
    element_type: str
    action: Action
    user: str
    client: str
    gesture: str | None
    first_seq: int
    last_seq: int
    begun_at: datetime
    ended_at: datetime
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return FAMILIES.get(self.element_type, UNKNOWN)


def changes_of(commit: Commit, type_of: Callable[[str], str]) -> list[Change]:
    """The changes that a commit makes, in its order. `type_of` tells the type of an element created earlier."""
    at = datetime.fromisoformat(commit.at)
    types: dict[str, str] = {}
    made: dict[tuple[str, str], Change] = {}
    for entry in commit.entries:
        key = f"{entry.user}/{entry.client}/{entry.gesture}" if entry.gesture is not UNSET else f"#{commit.seq}"
        if entry.gesture is UNSET:
            key = f"{entry.user}/{key}"
        for place, op in enumerate(entry.ops):
            if created := _type_in(op):
                types[op.id] = created
            change = Change(
                canvas=commit.canvas,
                key=key,
                element=op.id,
                element_type=types.get(op.id) or type_of(op.id),
                action=_action(op),
                user=entry.user,
                client=entry.client,
                gesture=None if entry.gesture is UNSET else entry.gesture,
                first_seq=commit.seq,
                last_seq=commit.seq,
                begun_at=at,
                ended_at=at,
                values=_values(entry, place),
            )
            earlier = made.get((key, op.id))
            made[key, op.id] = change if earlier is None else merge(earlier, change)
    return [_bounded(change) for change in made.values()]


def merge(earlier: Change, later: Change) -> Change:
    """One change for both: the oldest values before, the newest after. A value that is back where it was stays told."""
    values = dict(earlier.values)
    for path, value in later.values.items():
        values[path] = _joined(values[path], value) if path in values else value
    return _bounded(
        replace(
            earlier,
            element_type=later.element_type if earlier.element_type == UNKNOWN else earlier.element_type,
            action=_together(earlier.action, later.action),
            last_seq=later.last_seq,
            ended_at=later.ended_at,
            values=values,
        )
    )


def _together(earlier: Action, later: Action) -> Action:
    if later is Action.DELETE or earlier is Action.UPDATE:
        return later
    if earlier is Action.DELETE:
        return Action.UPDATE  # deleted and brought back at once
    return earlier


def _joined(earlier: Value, later: Value) -> Value:
    if earlier.appended and later.appended:
        return Value(appended=earlier.appended + later.appended)
    if later.appended:  # a list set anew, which then grew: what it is now is only in the archive
        return replace(earlier, after=None, shortened=True)
    if earlier.appended:
        return replace(later, before=None, shortened=True)
    return Value(earlier.before, later.after, shortened=earlier.shortened or later.shortened)


def _action(op: Op) -> Action:
    match op:
        case Create():
            return Action.CREATE
        case Delete():
            return Action.DELETE
        case Restore():
            return Action.RESTORE
    return Action.UPDATE


def _type_in(op: Op) -> str | None:
    if isinstance(op, Create):
        return op.type
    return op.element.type if isinstance(op, Restore) and op.element is not UNSET else None


def _values(entry: Entry, place: int) -> dict[str, Value]:
    op = entry.ops[place]
    before = entry.before[place] if entry.before is not UNSET else None
    match op:
        case Create():
            placed = {
                "position.x": op.position.x,
                "position.y": op.position.y,
                "dimensions.width": op.dimensions.width,
                "dimensions.height": op.dimensions.height,
            }
            placed |= {f"properties.{name}": value for name, value in op.properties.items()}
            return {path: _value(None, value) for path, value in placed.items()}
        case Text():
            after = None if op.text is UNSET else op.text
            return {"properties.text": _value((before or {}).get("properties.text"), after)}
        case Append():
            return {op.path: Value(appended=len(op.values))}
        case Update():
            # What undoes an update may name the parent of a path that it made.
            undoing = before or {}
            return {path: _value(undoing.get(path), op.set.get(path)) for path in undoing | op.set}
    return {}


def _value(before: Any, after: Any) -> Value:
    value = Value(_json(before), _json(after))
    return value if value.size <= MAX_VALUE_BYTES else Value(shortened=True)


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _bounded(change: Change) -> Change:
    room = MAX_RECORD_BYTES
    values: dict[str, Value] = {}
    for path, value in change.values.items():
        kept = value if value.size + len(path) <= room else Value(shortened=True)
        room -= kept.size + len(path)
        if room < 0:
            break  # a gesture can go on for ever, over ever new properties: of these not even the names
        values[path] = kept
    return replace(change, values=values)
