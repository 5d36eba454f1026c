"""For how long a canvas's history is told and kept. Blocking.

What a project's `history_days` cuts off is told to nobody from that day on, whatever still has it; `enforce` removes it
from MongoDB. The state at the boundary stays, and those that have a name; so does the log, which canvases are made of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mongoengine import Document

from canvasapp.selectors import CanvasAccess
from history import timetravel
from history.documents import CanvasProgress, ChangeRecord, CommitArchive, Snapshot
from history.reverting import Choice
from history.versions import version_seqs
from projects.exceptions import Forgotten
from projects.pace import TokenBucket

BATCH = 1_000  # documents removed at once


def oldest_told(access: CanvasAccess) -> int:
    """The commit after which the canvas is told: what stood when the told time began. 0: from its beginning on."""
    return 0 if access.told_since is None else timetravel.seq_at(access.canvas_id, access.told_since)


def check_told(access: CanvasAccess, seq: int) -> None:
    """Raises Forgotten for a state that is older than what is told, and has no name."""
    if seq < oldest_told(access) and seq not in version_seqs(access.canvas_id):
        raise Forgotten


def told_choice(access: CanvasAccess, choice: Choice) -> Choice:
    """What of the choice is told. Raises Forgotten when that is nothing, by the choice's own bounds."""
    oldest = oldest_told(access)
    by_number = choice.to_seq is not None and choice.to_seq <= oldest
    by_time = None not in (access.told_since, choice.until) and choice.until <= access.told_since  # type: ignore[operator]
    if oldest and (by_number or by_time):
        raise Forgotten
    return replace(choice, from_seq=max(choice.from_seq, oldest + 1))


@dataclass(frozen=True, slots=True)
class Removed:
    """How many of each; `boundary` is the oldest commit that is still kept."""

    boundary: int
    records: int = 0
    commits: int = 0
    snapshots: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.records or self.commits or self.snapshots)

    def __str__(self) -> str:
        counted = f"{self.records} records, {self.commits} commits, {self.snapshots} parts of snapshots"
        return f"{counted}; kept from commit {self.boundary} on"


def enforce(canvas_id: str, project_id: str, since: datetime, *, bucket: TokenBucket, dry_run: bool = False) -> Removed:
    """Removes from MongoDB what is older. Repeatable: what broke off goes on where it stopped.

    What stays is made sure of first. Raises LogCorrupt (then nothing was removed), NoSuchCommit, Unavailable.
    """
    boundary = timetravel.seq_at(canvas_id, since)
    if boundary < 1:
        return Removed(boundary)
    named = {seq for seq in version_seqs(canvas_id) if 0 < seq < boundary}
    old: list[tuple[type[Document], dict[str, Any]]] = [
        (ChangeRecord, {"project": project_id, "canvas": canvas_id, "ended_at": {"$lt": since}}),
        (CommitArchive, {"canvas": canvas_id, "seq": {"$lt": boundary}}),
        (Snapshot, {"canvas": canvas_id, "seq": {"$lt": boundary, "$nin": sorted(named)}}),
    ]
    if dry_run:
        return Removed(boundary, *(kind._get_collection().count_documents(query) for kind, query in old))
    for seq in sorted({boundary, *named}):
        if not Snapshot.objects(canvas=canvas_id, seq=seq, part=0):
            timetravel.snapshot_write(timetravel.state_at(canvas_id, seq))
    CanvasProgress.objects(canvas=canvas_id).update_one(set__kept_from=boundary)
    return Removed(boundary, *(sum(_removed(kind, query, bucket)) for kind, query in old))


def _removed(kind: type[Document], query: dict[str, Any], bucket: TokenBucket) -> Iterator[int]:
    collection = kind._get_collection()
    while batch := [found["_id"] for found in collection.find(query, {"_id": True}).limit(BATCH)]:
        bucket.take(len(batch))
        yield collection.delete_many({"_id": {"$in": batch}}).deleted_count
