"""What history changes on canvases: always new commits on top, through the room like every other edit."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec

from canvasapp import log
from canvasapp.elements import Element
from canvasapp.exceptions import Refused
from canvasapp.ops import Create, Op, Restore, Update
from canvasapp.selectors import elements_all
from canvasapp.services import intent_submit
from history import timetravel
from history.restoring import intents, restoring
from history.reverting import Conflict, Step, reverting, steps
from projects.models import User

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # no commit is older, and a moment before it can still be told
_ATTEMPTS = 5  # while others edit what is being restored


@dataclass(frozen=True, slots=True)
class Restored:
    """How many elements were brought back, changed back and taken away.

    `first_seq` and `seq`: its first and last commit, None if none; others' may be between. All of it has that gesture.
    """

    first_seq: int | None
    seq: int | None
    gesture: str | None
    revived: int
    changed: int
    removed: int


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


def canvas_restore(
    *,
    canvas_id: str,
    to_seq: int,
    restored_by: User,
    elements: AbstractSet[str] | None = None,
    dry_run: bool = False,
) -> Restored:
    """Makes the canvas, or only those elements, what it was after commit `to_seq`. The caller has checked the rights.

    One commit where an intent can hold it; a larger restoration is several, with one gesture. What somebody edits in
    the meantime is looked at again, and restored as well. Raises timetravel.NoSuchCommit, LogCorrupt, Refused,
    NoSuchCanvas, Unavailable, and MongoDB's errors.
    """
    past = {element.id: element for element in timetravel.state_at(canvas_id, to_seq).live_elements()}
    gesture = str(uuid4())
    return _commit_all(canvas_id, restored_by, gesture, lambda now: restoring(past, now, elements), dry_run=dry_run)


def changes_revert(
    *, canvas_id: str, choice: Choice, reverted_by: User, overwrite: bool = False, dry_run: bool = False
) -> tuple[Restored, list[Conflict]]:
    """Takes the chosen changes back, and lists whose newer work stands in the way. The caller has checked the rights.

    With `overwrite` that newer work is taken back as well. Commits and errors as with canvas_restore.
    """
    newest = log.head_seq(canvas_id)
    first = max(0, choice.from_seq - 1)
    if choice.since is not None:
        before = max(choice.since, _EARLIEST) - timedelta(microseconds=1)
        first = max(first, timetravel.seq_at(canvas_id, before))
    first = min(first, newest)
    gesture = str(uuid4())
    conflicts: list[Conflict] = []

    def plan(now: dict[str, Element]) -> list[Op]:
        state = timetravel.state_at(canvas_id, first)
        walk = steps(state, timetravel.commits(canvas_id, first, log.head_seq(canvas_id)))
        # What was committed before somebody came between is no newer work of others.
        walk = (step for step in walk if step.entry.gesture != gesture)
        found = reverting(walk, lambda step: step.seq <= newest and choice.has(step), now, overwrite=overwrite)
        conflicts[:] = found.conflicts
        return found.ops

    return _commit_all(canvas_id, reverted_by, gesture, plan, dry_run=dry_run), conflicts


def _commit_all(
    canvas_id: str, author: User, gesture: str, plan: Callable[[dict[str, Element]], list[Op]], *, dry_run: bool
) -> Restored:
    done: dict[str, Op] = {}
    seqs: list[int] = []
    for attempt in range(1, _ATTEMPTS + 1):
        now = elements_all(canvas_id)
        ops = plan(now)
        if dry_run:
            return _restored([], gesture, {op.id: op for op in reversed(ops)})
        try:
            for portion in intents(ops, now):
                receipt = intent_submit(
                    canvas_id=canvas_id, author=author, ops=msgspec.to_builtins(portion), gesture=gesture
                )
                seqs.append(receipt.seq)
                done = {op.id: op for op in reversed(portion)} | done
        except Refused as refused:
            if refused.code not in {"conflict", "gone", "exists"} or attempt == _ATTEMPTS:
                raise
        else:
            break
    return _restored(seqs, gesture, done)


def _restored(seqs: list[int], gesture: str, first_ops: dict[str, Op]) -> Restored:
    revived = sum(isinstance(op, Restore | Create) for op in first_ops.values())
    changed = sum(isinstance(op, Update) for op in first_ops.values())
    counts = {"revived": revived, "changed": changed, "removed": len(first_ops) - revived - changed}
    if not seqs:
        return Restored(first_seq=None, seq=None, gesture=None, **counts)
    return Restored(first_seq=seqs[0], seq=seqs[-1], gesture=gesture, **counts)
