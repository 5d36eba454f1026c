"""What history changes on canvases: always new commits on top, through the room like every other edit."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
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
from history.reverting import Choice, Conflict, Reverter, Walk
from history.touching import TooMuch, first_chosen
from projects.models import User

MOST_COMMITS = 50_000  # that one request walks through
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
    *,
    canvas_id: str,
    choice: Choice,
    reverted_by: User,
    overwrite: bool = False,
    dry_run: bool = False,
    bounded: bool = True,
) -> tuple[Restored, list[Conflict]]:
    """Takes the chosen changes back, and lists whose newer work stands in the way. The caller has checked the rights.

    With `overwrite` that newer work is taken back as well. The log is read once, from the first change that may be
    chosen on; TooMuch is raised where that is more than MOST_COMMITS, if `bounded`. Otherwise commits and errors are as
    with canvas_restore.
    """
    newest = log.head_seq(canvas_id)
    start = min(first_chosen(canvas_id, choice) - 1, newest)
    if bounded and newest - start > MOST_COMMITS:
        raise TooMuch("The first of these changes is too long ago; choose newer ones, or have an operator do it.")
    walk = Walk(timetravel.state_at(canvas_id, start))
    reverter = Reverter(lambda step: step.seq <= newest and choice.has(step))
    conflicts: list[Conflict] = []
    gesture = str(uuid4())

    def plan(now: dict[str, Element]) -> list[Op]:
        for step in walk.steps(timetravel.commits(canvas_id, walk.seq, log.head_seq(canvas_id))):
            # What was committed before somebody came between is nobody else's. A gesture alone, others could use too.
            if (step.entry.gesture, step.entry.user) != (gesture, str(reverted_by.pk)):
                reverter.note(step)
        found = reverter.plan(now, overwrite=overwrite)
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
