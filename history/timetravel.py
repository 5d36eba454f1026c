"""Any past state of a canvas: the nearest snapshot before it, and the commits from there on.

Commits come from the archive, and from the log where the archive is behind. Blocking.
"""

import logging
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from canvasapp import log
from canvasapp.commits import Sealed, inflated, unpack, unseal
from canvasapp.elements import MAX_LIVE_BYTES, Element
from canvasapp.exceptions import LogCorrupt
from canvasapp.state import CanvasState
from history.documents import CanvasProgress, CommitArchive, Snapshot

FORMAT = 1  # of a snapshot's body: deflated JSON of its elements
PART_BYTES = 8 * 1024 * 1024  # a document holds 16 MB
_COMPRESSION = 6
_MOST_BYTES = 2 * MAX_LIVE_BYTES  # of the JSON; a canvas may go somewhat beyond MAX_LIVE_BYTES before it is full

logger = logging.getLogger(__name__)

_elements = msgspec.json.Decoder(list[Element])


class NoSuchCommit(LookupError):
    """The canvas has no commit of that number."""


@dataclass(frozen=True, slots=True)
class SnapshotMark:
    seq: int
    time: datetime


def state_at(canvas: str, seq: int) -> CanvasState:
    """The state after commit `seq`; 0 is the empty canvas.

    Raises NoSuchCommit; LogCorrupt when the commits up to it do not join; Unavailable.
    """
    state = snapshot_before(canvas, seq)
    for sealed in commits(canvas, state.seq, seq):
        state.replay(sealed)
    if state.seq != seq:
        raise NoSuchCommit(f"canvas {canvas} has no commit {seq}; its last one is {state.seq}")
    return state


def seq_at(canvas: str, moment: datetime) -> int:
    """The number of the last commit not after `moment`; 0 before the first. Raises Unavailable, LogCorrupt."""
    kept = CommitArchive.objects(canvas=canvas).only("seq")
    before = kept.filter(time__lte=moment).order_by("-time", "-seq").first()
    behind = kept.filter(time__gt=moment).order_by("time", "seq").first()
    seq = int(before.seq) if before else 0
    if behind is None:
        return _followed(canvas, seq, moment)
    missing = int(behind.seq) - seq - 1
    if missing and not (before is None and CanvasProgress.objects(canvas=canvas, kept_from__gt=0)):
        with suppress(LogCorrupt):  # what is parked may be lost: then the archive's answer stands
            return _followed(canvas, seq, moment, missing)
    return seq


def _followed(canvas: str, seq: int, moment: datetime, limit: int | None = None) -> int:
    """The same, by what the log has behind commit `seq`."""
    for sealed in log.scan(canvas, seq, limit):
        if datetime.fromisoformat(sealed.commit.at) > moment:
            break
        seq = sealed.seq
    return seq


def commits(canvas: str, after: int, last: int) -> Iterator[Sealed]:
    """Those numbered above `after` up to `last`, as far as they exist without a gap. Raises Unavailable, LogCorrupt."""
    seq = after
    kept = CommitArchive.objects(canvas=canvas, seq__gt=after, seq__lte=last).order_by("seq")
    # As they are stored: making thousands of documents would take longer than replaying them.
    for item in kept.only("seq", "hash", "format", "body").as_pymongo():
        if item["seq"] != seq + 1:
            break  # parked; the log may have it
        yield unsealed(item)
        seq += 1
    if seq < last:
        yield from log.scan(canvas, seq, last - seq)


def unsealed(item: CommitArchive | Mapping[str, Any]) -> Sealed:
    """An archived commit, or its stored form, decoded. Raises LogCorrupt."""
    return unseal(unpack(item["body"]), bytes.fromhex(item["hash"]), item["format"])


def last_snapshot(canvas: str) -> SnapshotMark | None:
    head = Snapshot.objects(canvas=canvas, part=0).order_by("-seq").only("seq", "time").first()
    return SnapshotMark(int(head.seq), head.time) if head else None


def snapshot_write(state: CanvasState) -> None:
    """Keeps the state's live elements. Repeatable; it counts once its first part is there."""
    body = zlib.compress(msgspec.json.encode(state.live_elements()), _COMPRESSION)
    pieces = [body[start : start + PART_BYTES] for start in range(0, len(body), PART_BYTES)]
    for part, piece in reversed(list(enumerate(pieces))):
        Snapshot.objects(canvas=state.canvas_id, seq=state.seq, part=part).update_one(
            upsert=True,
            set__parts=len(pieces),
            set__format=FORMAT,
            set__at=state.at,
            set__time=datetime.fromisoformat(state.at).astimezone(UTC),
            set__hash=state.hash.hex(),
            set__body=piece,
        )


def snapshot_before(canvas: str, seq: int) -> CanvasState:
    """The latest readable one that is kept up to commit `seq`; without one, the empty canvas."""
    while (head := Snapshot.objects(canvas=canvas, part=0, seq__lte=seq).order_by("-seq").first()) is not None:
        try:
            return _snapshot_read(head)
        except LogCorrupt as error:
            logger.error("the snapshot of %s at %d is passed over: %s", canvas, head.seq, error)
            seq = int(head.seq) - 1
    return CanvasState(canvas)


def _snapshot_read(head: Snapshot) -> CanvasState:
    """Raises LogCorrupt for what is not whole, of another format, or no snapshot at all."""
    if head.format != FORMAT:
        raise LogCorrupt(f"snapshot format {head.format} is not known")
    kept = Snapshot.objects(canvas=head.canvas, seq=head.seq, part__gt=0, part__lt=head.parts).order_by("part")
    rest = list(kept) if head.parts > 1 else []
    if len(rest) != head.parts - 1:
        raise LogCorrupt(f"{len(rest) + 1} of a snapshot's {head.parts} parts are there")
    body = inflated(b"".join([head.body, *(piece.body for piece in rest)]), _MOST_BYTES)
    try:
        state = CanvasState(head.canvas, int(head.seq), bytes.fromhex(head.hash), head.at)
        for element in _elements.decode(body):
            state.put(element)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise LogCorrupt(f"a snapshot cannot be read: {error}") from error
    return state
