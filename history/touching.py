"""Which commits concern an element, and where a choice of changes begins. Blocking.

Change records tell, so that a log is not read whole; what the worker has not recorded yet is read as it is. A commit
that could not be read when it was recorded is parked, and not met here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from canvasapp.commits import Commit
from history import timetravel
from history.documents import CanvasProgress, ChangeRecord, CommitArchive
from history.reverting import Choice
from projects.exceptions import AppError

MOST_COMMITS = 20_000  # that one question reads
COMMITS_AT_ONCE = 500
SECONDS = 5
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # no commit is older, and a moment before it can still be told


class TooMuch(AppError):
    """The question would take too long; a narrower one may not."""

    code, http_status = "too_much", 422


def commits_touching(canvas_id: str, element_id: str, first: int, last: int) -> Iterator[Commit]:
    """Newest first, from commit `last` down to `first`; others may be among them.

    Raises TooMuch, Unavailable, LogCorrupt, and MongoDB's errors.
    """
    progress = CanvasProgress.objects(canvas=canvas_id).first()
    recorded = min(int(progress.changes_seq), last) if progress is not None else 0
    unrecorded = max(recorded, first - 1)
    if last - unrecorded > MOST_COMMITS:
        raise TooMuch("The history of this canvas is not recorded far enough to tell; try again later.")
    fresh = [sealed.commit for sealed in timetravel.commits(canvas_id, unrecorded, last)]
    yield from reversed([commit for commit in fresh if element_id in commit.versions])
    if progress is None:
        return
    seqs_recorded = _recorded_seqs(progress, element_id, first, recorded)
    read = 0
    while seqs := list(islice(seqs_recorded, COMMITS_AT_ONCE)):
        read += len(seqs)
        if read > MOST_COMMITS:
            raise TooMuch("This element was changed too often to tell it all at once.")
        for item in CommitArchive.objects(canvas=canvas_id, seq__in=seqs).order_by("-seq"):
            yield timetravel.unsealed(item).commit


def first_chosen(canvas_id: str, choice: Choice) -> int:
    """The number of the first commit that may have a chosen change.

    Raises Unavailable, LogCorrupt, and MongoDB's errors.
    """
    first = choice.from_seq
    if choice.since is not None:
        before = max(choice.since, _EARLIEST) - timedelta(microseconds=1)
        first = max(first, timetravel.seq_at(canvas_id, before) + 1)
    progress = CanvasProgress.objects(canvas=canvas_id).first()
    if progress is None or first > progress.changes_seq:
        return first
    query: dict[str, Any] = {"project": progress.project, "canvas": canvas_id, "last_seq": {"$gte": first}}
    if choice.user is not None:
        query["user"] = choice.user
    if choice.gesture is not None:
        query["gesture"] = choice.gesture
    if choice.elements is not None:
        query["element"] = {"$in": sorted(choice.elements)}
    if choice.to_seq is not None:
        query["first_seq"] = {"$lte": choice.to_seq}
    if choice.until is not None:
        query["begun_at"] = {"$lt": choice.until}
    earliest = ChangeRecord._get_collection().find_one(
        query, {"first_seq": True}, sort=[("first_seq", 1)], max_time_ms=SECONDS * 1_000
    )
    recorded = int(earliest["first_seq"]) if earliest else int(progress.changes_seq) + 1
    return max(first, recorded)


def _recorded_seqs(progress: CanvasProgress, element_id: str, first: int, last: int) -> Iterator[int]:
    """Those within the element's change records, newest first. A record may span commits of others."""
    records = ChangeRecord._get_collection().find(
        {"project": progress.project, "element": element_id, "canvas": progress.canvas},
        {"_id": False, "first_seq": True, "last_seq": True},
    )
    spans = sorted(((int(record["last_seq"]), int(record["first_seq"])) for record in records), reverse=True)
    met = last + 1  # all from here on
    for newest, oldest in spans:
        down_to = max(oldest, first)
        yield from range(min(newest, met - 1), down_to - 1, -1)
        met = min(met, down_to)
