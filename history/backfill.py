"""Rebuilds what history has of a canvas from its log: the archive, and by it change records, kinds and snapshots.

Everything here may run again, and beside the worker: whoever archives a commit first, it is the same one. So how far a
canvas is needs no state of its own; it is what MongoDB has of it (SPEC.md, BF rules). Blocking.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from canvasapp.items import HEAD_SK, HeadItem, canvas_key
from canvasapp.log import head_seq
from history import archive, recording, timetravel
from history.canvases import Listed
from history.documents import STORE_AWAY, CanvasProgress, CommitArchive, Snapshot
from history.ingest import Ingest
from history.versions import version_seqs
from projects.store import reaching_dynamodb

SCAN_SEGMENTS = 8
LOOKS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What a canvas lacks: ranges of commits that are not archived, commits not recorded, named snapshots."""

    canvas: str
    head: int
    ranges: tuple[range, ...]
    unrecorded: int
    unsnapped: int

    @property
    def commits(self) -> int:
        return sum(map(len, self.ranges))

    @property
    def anything(self) -> bool:
        return bool(self.ranges or self.unrecorded or self.unsnapped)


def every_head() -> Iterator[Listed]:
    """Every canvas with a head record, those in the trash too: a scan of the whole table, in parallel segments."""

    def read(segment: int) -> list[Listed]:
        with reaching_dynamodb():
            found = HeadItem.scan(
                HeadItem.sk == HEAD_SK,
                segment=segment,
                total_segments=SCAN_SEGMENTS,
                attributes_to_get=["PK", "SK", "kind", "project_id"],
            )
            return [Listed(head.pk.removeprefix(canvas_key("")), head.project_id) for head in found]

    with ThreadPoolExecutor(SCAN_SEGMENTS) as threads:
        yield from chain.from_iterable(threads.map(read, range(SCAN_SEGMENTS)))


def plans(canvases: Iterable[str]) -> Iterator[Plan]:
    with ThreadPoolExecutor(LOOKS_AT_ONCE) as threads:
        yield from threads.map(plan, canvases)


def plan(canvas: str) -> Plan:
    """Reads only. Raises one of STORE_AWAY."""
    head, archived = head_seq(canvas), archive.archived_head(canvas)
    progress = CanvasProgress.objects(canvas=canvas).first()
    kept_from = max(1, int(progress.kept_from or 0)) if progress else 1
    ranges = _holes(canvas, kept_from, archived)
    if head > archived:
        ranges.append(range(archived + 1, head + 1))
    recorded = int(progress.changes_seq) if progress else 0
    unrecorded = CommitArchive.objects(canvas=canvas, seq__gt=recorded).count()
    unrecorded += sum(last - first + 1 for first, last in progress.late) if progress else 0
    return Plan(canvas, head, tuple(ranges), unrecorded, len(_unsnapped(canvas, head)))


def gaps(seqs: Iterable[int], first: int, last: int) -> Iterator[range]:
    """What is missing of `first` to `last` in rising numbers. Pure."""
    expected = first
    for seq in chain(seqs, (last + 1,)):
        if seq > expected:
            yield range(expected, seq)
        expected = max(expected, seq + 1)


def fill(canvas: str, wanted: range) -> int:
    """Archives what is missing of these commits as the log has them, and records it; how many were parked on the way.

    Raises one of STORE_AWAY.
    """
    named, ingest, head = version_seqs(canvas), Ingest(), archive.archived_head(canvas)
    for hole in _holes(canvas, wanted[0], min(wanted[-1], head)):
        # Noted first: once it is archived, nothing else would tell that later commits were recorded before it.
        place = [hole[0], hole[-1]]
        _note_late(canvas, "$addToSet", place)
        ingest.fill(canvas, hole[0], hole[-1], named)
        _record_late(canvas, hole)
        _note_late(canvas, "$pull", place)
    if wanted[-1] > head:
        ingest.fill(canvas, max(head + 1, wanted[0]), wanted[-1], named)
    return ingest.counts.parked


def finish(canvas: str) -> None:
    """Once all is archived: what is left to record, and the snapshots of named versions. Raises one of STORE_AWAY."""
    progress = CanvasProgress.objects(canvas=canvas).only("late").first()
    for first, last in progress.late if progress else ():
        _record_late(canvas, range(first, last + 1))
        _note_late(canvas, "$pull", [first, last])
    recording.catch_up(canvas, version_seqs(canvas))
    for seq in _unsnapped(canvas, archive.archived_head(canvas)):
        timetravel.snapshot_write(timetravel.state_at(canvas, seq))


def _note_late(canvas: str, how: str, place: list[int]) -> None:
    # Not by MongoEngine, which takes a list for several values.
    CanvasProgress._get_collection().update_one({"canvas": canvas}, {how: {"late": place}})


def _record_late(canvas: str, seqs: range) -> None:
    kept = CommitArchive.objects(canvas=canvas, seq__gte=seqs[0], seq__lte=seqs[-1]).order_by("seq")
    for seq in kept.scalar("seq").no_cache():
        try:
            recording.record_late(canvas, int(seq))
        except STORE_AWAY:
            raise
        except Exception as error:  # as any other commit can fail (CH8)
            recording.park(canvas, int(seq), error)


def _holes(canvas: str, first: int, last: int) -> list[range]:
    kept = CommitArchive.objects(canvas=canvas, seq__gte=first, seq__lte=last)
    if kept.count() == last - first + 1:
        return []
    return list(gaps((int(seq) for seq in kept.order_by("seq").scalar("seq").no_cache()), first, last))


def _unsnapped(canvas: str, head: int) -> list[int]:
    named = {seq for seq in version_seqs(canvas) if 0 < seq <= head}
    if not named:
        return []
    kept = Snapshot.objects(canvas=canvas, part=0, seq__in=sorted(named)).distinct("seq")
    return sorted(named - set(kept))
