"""Makes of the archive what is queried: change records and snapshots. Repeatable; a crash anywhere repeats work only.

A canvas's commits are archived in order, so its progress is one number: all commits up to it have become records.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mongoengine import Document
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError
from pynamodb.exceptions import PynamoDBException

from canvasapp import log
from canvasapp.commits import Commit
from canvasapp.elements import FAMILIES
from canvasapp.exceptions import LogCorrupt, Unavailable
from canvasapp.items import HEAD_SK, canvas_key, commit_key
from canvasapp.ops import Create
from history import archive, timetravel
from history.changes import UNKNOWN, Change, changes_of, merge
from history.documents import STORE_AWAY, CanvasProgress, ChangeRecord, CommitArchive, ElementKind, Snapshot
from history.records import change_of, document_of

logger = logging.getLogger(__name__)

COMMITS_AT_ONCE = 200
SNAPSHOT_EVERY_COMMITS = 1_000
SNAPSHOT_EVERY = timedelta(hours=1)
_DUPLICATE_KEY = 11000


class _Archived(NamedTuple):
    seq: int
    time: datetime
    commit: Commit | None


def catch_up(canvas: str, named: Collection[int] = ()) -> int:
    """Records what is archived of the canvas and not recorded yet; how many commits that were.

    `named` are commits that get a snapshot in any case.
    """
    progress = CanvasProgress.objects(canvas=canvas).first() or _begin(canvas)
    recorded = 0
    while found := _archived_after(canvas, progress.changes_seq):
        _record_or_park(progress.project, [one.commit for one in found if one.commit is not None])
        _snapshots_due(progress, found, named)
        progress.changes_seq = found[-1].seq
        CanvasProgress.objects(canvas=canvas, changes_seq__lt=progress.changes_seq).update_one(
            set__changes_seq=progress.changes_seq
        )
        recorded += len(found)
        if len(found) < COMMITS_AT_ONCE:
            break
    return recorded


def record_late(canvas: str, seq: int) -> None:
    """Records a commit that was archived after later ones were recorded: the records of its gestures are made anew,
    from all the commits that these span. Repeatable. Raises LogCorrupt, and whatever a commit's content leads to.
    """
    commit = readable(CommitArchive.objects(canvas=canvas, seq=seq).get())
    progress = CanvasProgress.objects(canvas=canvas).first()
    if progress is None or progress.changes_seq < seq:
        catch_up(canvas)
        return
    types = _types([commit])
    for element, kind in types.items():
        ChangeRecord.objects(canvas=canvas, element=element, element_type=UNKNOWN).update(
            set__element_type=kind, set__family=FAMILIES.get(kind, UNKNOWN)
        )
    for change in changes_of(commit, lambda e: types.get(e, UNKNOWN)):
        while not _remake(progress.project, change):
            pass
    CanvasProgress.objects(canvas=canvas).update_one(unset__unsnapped_seq=True)


def _remake(project: str, late: Change) -> bool:
    """False when somebody else wrote the record meanwhile: then once more."""
    place = {"canvas": late.canvas, "key": late.key, "element": late.element}
    kept = ChangeRecord._get_collection().find_one(place)
    if kept is None:
        return _write(ChangeRecord, [InsertOne(document_of(project, late))])
    first, last = min(late.first_seq, int(kept["first_seq"])), max(late.last_seq, int(kept["last_seq"]))
    made: Change | None = None
    for item in CommitArchive.objects(canvas=late.canvas, seq__gte=first, seq__lte=last).order_by("seq").no_cache():
        with suppress(LogCorrupt):  # parked, as it was when it was met first
            for change in changes_of(readable(item), lambda _: late.element_type):
                if (change.key, change.element) == (late.key, late.element):
                    made = change if made is None else merge(made, change)
    return made is None or _write(ChangeRecord, [_replacing(kept, document_of(project, made))])


def _begin(canvas: str) -> CanvasProgress:
    begun = CanvasProgress(canvas=canvas, project=_project_of(canvas), changes_seq=0)
    CanvasProgress.objects(canvas=canvas).update_one(
        upsert=True, set_on_insert__project=begun.project, set_on_insert__changes_seq=0
    )
    return begun


def _project_of(canvas: str) -> str:
    """Also of a deleted canvas; "" when nothing is left of it but its log. Raw, for its other attributes may be
    anything."""
    try:
        answer = log.connection().get_item(canvas_key(canvas), HEAD_SK, attributes_to_get=["project_id"])
    except PynamoDBException as error:
        raise Unavailable(f"head of {canvas}: {error}") from error
    return str(answer.get("Item", {}).get("project_id", {}).get("S", ""))


def _archived_after(canvas: str, seq: int) -> list[_Archived]:
    """The next commits; without a commit where it cannot be read, which is parked and told about."""
    kept = CommitArchive.objects(canvas=canvas, seq__gt=seq).order_by("seq").limit(COMMITS_AT_ONCE).no_cache()
    found: list[_Archived] = []
    for item in kept:
        commit = None
        try:
            commit = readable(item)
        except LogCorrupt as error:
            park(canvas, int(item.seq), error)
        found.append(_Archived(int(item.seq), item.time, commit))
    return found


def readable(item: CommitArchive) -> Commit:
    """Raises LogCorrupt, also for a body of another place or time than its item: changes are filed by the body's."""
    commit = timetravel.unsealed(item).commit
    if (commit.canvas, commit.seq, commit.at) != (item.canvas, item.seq, item.at):
        raise LogCorrupt(f"its body is that of commit {commit.seq} of canvas {commit.canvas!r} at {commit.at!r}")
    return commit


def failure(error: Exception) -> str:
    return f"no change records: {error!r}"


def park(canvas: str, seq: int, error: Exception) -> None:
    archive.park(canvas_key(canvas), commit_key(seq), failure(error), [])
    logger.error("commit %d of %s has no change records", seq, canvas, exc_info=error)


def _record_or_park(project: str, commits: Sequence[Commit]) -> None:
    """Together; and should that fail, one by one, to find whose doing it is."""
    try:
        _record(project, commits)
    except STORE_AWAY:
        raise
    except Exception as error:
        if len(commits) == 1:
            park(commits[0].canvas, commits[0].seq, error)
            return
        for commit in commits:
            _record_or_park(project, [commit])


def _record(project: str, commits: Sequence[Commit]) -> None:
    """Their changes, folded into what is recorded already. Commits that a record has are not folded in again."""
    types = _types(commits)
    changes = [change for commit in commits for change in changes_of(commit, lambda e: types.get(e, UNKNOWN))]
    # Another worker may fold in some of these commits at the same time, and not all: then what it left out is added.
    while changes and not _fold(project, changes):
        pass


def _fold(project: str, changes: Sequence[Change]) -> bool:
    """False when somebody else wrote one of the records meanwhile."""
    keys = list({change.key for change in changes})
    found = ChangeRecord._get_collection().find({"canvas": changes[0].canvas, "key": {"$in": keys}})
    kept = {(document["key"], document["element"]): document for document in found}
    records = {place: change_of(document) for place, document in kept.items()}
    touched: dict[tuple[str, str], None] = {}  # in the order of the changes: ids follow it, and lists go by them
    for change in changes:
        place = (change.key, change.element)
        earlier = records.get(place)
        if earlier is None or change.first_seq > earlier.last_seq:
            records[place] = change if earlier is None else merge(earlier, change)
            touched[place] = None
    operations: list[Any] = []
    for place in touched:
        document = document_of(project, records[place])
        operations.append(_replacing(kept[place], document) if place in kept else InsertOne(document))
    return _write(ChangeRecord, operations)


def _replacing(kept: Mapping[str, Any], document: dict[str, Any]) -> ReplaceOne[dict[str, Any]]:
    """Unless the record has gone on since `kept` was read, or an earlier commit has come into it."""
    # Not all of `kept`: MongoDB would weigh other indexes against that of the ids.
    read = {name: kept[name] for name in ("_id", "first_seq", "last_seq", "action", "values")}
    return ReplaceOne(read, {**document, "_id": kept["_id"]})


def _types(commits: Sequence[Commit]) -> dict[str, str]:
    """The types of the commits' elements; those that they create are kept for later ones."""
    canvas = commits[0].canvas if commits else ""
    created: dict[str, str] = {}
    others: set[str] = set()
    for op in (op for commit in commits for entry in commit.entries for op in entry.ops):
        if isinstance(op, Create):
            created[op.id] = op.type
        else:
            others.add(op.id)
    _write(
        ElementKind,
        [
            UpdateOne({"canvas": canvas, "element": element}, {"$set": {"element_type": kind}}, upsert=True)
            for element, kind in created.items()
        ],
    )
    asked = list(others - created.keys())
    kinds = ElementKind.objects(canvas=canvas, element__in=asked).only("element", "element_type") if asked else []
    return {kind.element: kind.element_type for kind in kinds} | created


def _write(document: type[Document], operations: list[Any]) -> bool:
    """False when somebody else was faster with one of them; the others are written."""
    if not operations:
        return True
    replaced = sum(isinstance(operation, ReplaceOne) for operation in operations)
    try:
        done = document._get_collection().bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        if any(failure["code"] != _DUPLICATE_KEY for failure in error.details["writeErrors"]):
            raise
        return False
    return int(done.matched_count) >= replaced


def _snapshots_due(progress: CanvasProgress, found: Sequence[_Archived], named: Collection[int]) -> None:
    """Each thousand commits, and for what is younger than an hour's last one, at its next commit after the hour.

    At exactly these commits, however they come in batches: so a rebuilt history has the snapshots that it had.
    """
    canvas = progress.canvas
    marks = _marks(canvas, found[0].seq, found[-1].seq)
    last = marks.pop(max((seq for seq in marks if seq < found[0].seq), default=0), None)
    for one in found:
        if one.seq in marks:
            last = marks[one.seq]
        elif one.seq in named or _is_due(one, last, int(progress.unsnapped_seq or 0)):
            if _snapshot(canvas, one.seq):
                last = timetravel.SnapshotMark(one.seq, one.time)
            else:
                progress.unsnapped_seq = one.seq


def _marks(canvas: str, first: int, last: int) -> dict[int, timetravel.SnapshotMark]:
    """The snapshots from `first` to `last`, and the one before."""
    found: dict[int, timetravel.SnapshotMark] = {}
    kept = Snapshot.objects(canvas=canvas, part=0, seq__lte=last).order_by("-seq").only("seq", "time")
    for mark in kept.batch_size(2):  # documents are large, and mostly one is enough
        found[int(mark.seq)] = timetravel.SnapshotMark(int(mark.seq), mark.time)
        if mark.seq < first:
            break
    return found


def _is_due(one: _Archived, last: timetravel.SnapshotMark | None, unsnapped: int) -> bool:
    if one.seq - max(last.seq if last else 0, unsnapped) >= SNAPSHOT_EVERY_COMMITS:
        return True
    return last is not None and last.seq >= unsnapped and one.time - last.time >= SNAPSHOT_EVERY


def _snapshot(canvas: str, seq: int) -> bool:
    try:
        timetravel.snapshot_write(timetravel.state_at(canvas, seq))
    except STORE_AWAY:
        raise
    except Exception:  # a commit is parked, or lost, or cannot be replayed: each try begins with the last snapshot
        logger.exception("no snapshot of %s at %d", canvas, seq)
        CanvasProgress.objects(canvas=canvas).update_one(set__unsnapped_seq=seq)
        return False
    return True
