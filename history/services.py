"""What history changes on canvases: always new commits on top, through the room like every other edit."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from canvasapp.exceptions import Refused
from canvasapp.ops import Create, Op, Restore, Update
from canvasapp.selectors import elements_all
from canvasapp.services import intent_submit
from history import timetravel
from history.restoring import intents, restoring
from projects.models import User

_ATTEMPTS = 5  # while others edit what is being restored


@dataclass(frozen=True, slots=True)
class Restored:
    """How many elements were brought back, changed back and taken away; `seq`: the last commit of it, None if none."""

    seq: int | None
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
    done: dict[str, Op] = {}
    seq: int | None = None
    for attempt in range(1, _ATTEMPTS + 1):
        now = elements_all(canvas_id)
        ops = restoring(past, now, elements)
        if dry_run:
            return _restored(None, {op.id: op for op in reversed(ops)})
        try:
            for portion in intents(ops, now):
                receipt = intent_submit(
                    canvas_id=canvas_id, author=restored_by, ops=msgspec.to_builtins(portion), gesture=gesture
                )
                seq = receipt.seq
                done |= {op.id: op for op in reversed(portion)}
        except Refused as refused:
            if refused.code not in {"conflict", "gone", "exists"} or attempt == _ATTEMPTS:
                raise
        else:
            break
    return _restored(seq, done)


def _restored(seq: int | None, first_ops: dict[str, Op]) -> Restored:
    revived = sum(isinstance(op, Restore | Create) for op in first_ops.values())
    changed = sum(isinstance(op, Update) for op in first_ops.values())
    return Restored(seq, revived, changed, len(first_ops) - revived - changed)
