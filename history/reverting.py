"""The ops that take chosen changes back, one person's or a time's, and leave everybody else's. Pure.

As if the chosen changes had never been made: a property goes back to what it would be without them. Where somebody
else has set it since, or has worked on what was created, that newer work stands, and is told as a conflict.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import UNSET

from canvasapp.commits import Entry, Sealed, chain
from canvasapp.elements import FAMILIES, Element
from canvasapp.exceptions import LogCorrupt, Refused
from canvasapp.ops import Append, Create, Delete, Op, Restore, Text, Update, plain_text, read_path
from canvasapp.state import CanvasState, replayed
from history.restoring import difference


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who did something, when, in which commit."""

    user: str
    seq: int
    at: str  # as the commit has it


@dataclass(frozen=True, slots=True)
class Step:
    """One op of the log, with its element as it was and as it became; None: not there, or deleted."""

    seq: int
    at: datetime
    entry: Entry
    op: Op
    before: Element | None
    after: Element | None
    authorship: Authorship

    @property
    def written(self) -> dict[str, Any]:
        return written(self.op, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which changes: all given bounds must hold. Times: `since` included, `until` not; numbers: both included."""

    user: str | None = None
    gesture: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    from_seq: int = 1
    to_seq: int | None = None
    elements: AbstractSet[str] | None = None

    def has(self, step: Step) -> bool:
        return (
            (self.user is None or step.entry.user == self.user)
            and (self.gesture is None or step.entry.gesture == self.gesture)
            and step.seq >= self.from_seq
            and (self.to_seq is None or step.seq <= self.to_seq)
            and (self.since is None or step.at >= self.since)
            and (self.until is None or step.at < self.until)
            and (self.elements is None or step.op.id in self.elements)
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Newer work that stands in the way, on one property or (path None) on the element as a whole."""

    element: str
    path: str | None
    newer: Authorship


@dataclass(frozen=True, slots=True)
class Reverting:
    ops: list[Op]
    conflicts: list[Conflict]


@dataclass(slots=True)
class _Cell:
    """A property that a chosen change set."""

    without: Any  # what it would be without the chosen ones
    kept: Any  # the same, without what others did after the last chosen one as well
    newer: Authorship | None = None  # who set it after the last chosen one


@dataclass(slots=True)
class _Trace:
    """What became of an element since a chosen change first touched it."""

    alive: bool  # what it would be without the chosen changes
    flipped: bool = False  # its being there or not is a chosen change's doing
    newer: Authorship | None = None  # who else worked on it
    cells: dict[str, _Cell] = field(default_factory=dict)


class Walk:
    """Goes through a log op by op, once; a later call goes on where the last one stopped."""

    def __init__(self, state: CanvasState) -> None:
        self.seq = state.seq
        self._canvas = state.canvas_id
        self._hash = state.hash
        self._elements = dict(state.elements)

    def steps(self, commits: Iterable[Sealed]) -> Iterator[Step]:
        """Raises LogCorrupt for a commit that is not the next one, or has an op that does not apply."""
        for sealed in commits:
            commit = sealed.commit
            follows = commit.canvas == self._canvas and commit.seq == self.seq + 1
            if not follows or chain(self._hash, sealed.body) != sealed.hash:
                raise LogCorrupt(f"canvas {self._canvas}: the chain breaks at commit {commit.seq}")
            at = datetime.fromisoformat(commit.at)
            for entry in commit.entries:
                authorship = Authorship(entry.user, commit.seq, commit.at)
                for op in entry.ops:
                    before = self._elements.get(op.id)
                    try:
                        after = replayed(op, before)
                    except Refused as refused:
                        raise LogCorrupt(f"canvas {self._canvas}, commit {commit.seq}: {refused}") from refused
                    if after is not None:
                        self._elements[op.id] = after
                        yield Step(commit.seq, at, entry, op, _live(before), _live(after), authorship)
            self.seq, self._hash = sealed.seq, sealed.hash


class Reverter:
    """What became of what the chosen changes touched. `note` it step by step; `plan` says what is to be done now."""

    def __init__(self, chosen: Callable[[Step], bool]) -> None:
        self._chosen = chosen
        self._traces: dict[str, _Trace] = {}

    def note(self, step: Step) -> None:
        if self._chosen(step):
            _note_chosen(self._traces.setdefault(step.op.id, _Trace(alive=step.before is not None)), step)
        elif (trace := self._traces.get(step.op.id)) is not None:
            _note_other(trace, step)

    def plan(self, now: Mapping[str, Element], *, overwrite: bool = False) -> Reverting:
        """From `now` (tombstones included). `overwrite` takes others' newer work back as well."""
        ops: list[Op] = []
        conflicts: list[Conflict] = []
        for element_id, trace in self._traces.items():
            current = now.get(element_id)
            if current is not None:
                ops += _taken_back(element_id, trace, current, conflicts, overwrite)
        return Reverting(ops, conflicts)


def _note_chosen(trace: _Trace, step: Step) -> None:
    if (step.before is None) != (step.after is None):
        trace.flipped = trace.alive != (step.after is not None)
    for path in step.written:
        old = _value(step.before, path) if step.before is not None else None
        cell = trace.cells.setdefault(path, _Cell(without=old, kept=old))
        cell.kept, cell.newer = cell.without, None


def _note_other(trace: _Trace, step: Step) -> None:
    trace.newer = step.authorship if step.after is not None else None  # whoever deleted it holds on to nothing
    if (step.before is None) != (step.after is None):
        trace.alive = step.after is not None
        trace.flipped = False
    wrote = step.written
    if type(step.op) is Create and step.after is not None:  # anew, under an old id: all of it is theirs
        wrote = {path: _value(step.after, path) for path in trace.cells}
    for path, new in wrote.items():
        if (cell := trace.cells.get(path)) is not None:
            cell.without, cell.newer = new, step.authorship


def _taken_back(
    element_id: str, trace: _Trace, current: Element, conflicts: list[Conflict], overwrite: bool
) -> Iterator[Op]:
    if trace.flipped and not trace.alive:
        if current.deleted:
            return
        if trace.newer is not None:
            conflicts.append(Conflict(element_id, None, trace.newer))
        if trace.newer is None or overwrite:
            yield Delete(element_id, current.version)
        return
    wanted: dict[str, Any] = {}
    if current.deleted:
        if not trace.flipped:
            return  # deleted by somebody else since: there is nothing to take back
        yield Restore(element_id)
    for path, cell in trace.cells.items():
        stands = _value(current, path)
        if cell.newer is not None and stands != cell.kept:  # else there is nothing to choose between
            conflicts.append(Conflict(element_id, path, cell.newer))
        value = cell.kept if overwrite else cell.without
        if stands != value:
            wanted[path] = value
    if wanted:
        yield Update(element_id, wanted, UNSET if current.deleted else current.version)


def written(op: Op, before: Element | None, after: Element | None) -> dict[str, Any]:
    """The properties that an op set, also where it set what stood there already; none of what it made or removed."""
    if before is None or after is None:
        return {}
    match op:
        case Update():
            paths = [_whole(path) for path in op.set]
        case Append():
            paths = [_whole(op.path)]
        case Text():
            paths = ["properties.text"]
        case _:
            return difference(before, after)
    return {path: _value(after, path) for path in paths}


def _whole(path: str) -> str:
    """The property that a path leads into."""
    return ".".join(path.split(".")[:2])


def _value(element: Element, path: str) -> Any:
    """What a whole property is; of a text all its words, wherever an older program keeps them."""
    if path == "properties.text" and FAMILIES[element.type] == "text":
        return plain_text(element)
    return read_path(element, path)


def _live(element: Element | None) -> Element | None:
    return None if element is None or element.deleted else element
