"""Makes of the archive what is queried: change records and snapshots. Repeatable; a crash anywhere repeats work only.

A canvas's commits are archived in order, so its progress is one number: all commits up to it have become records.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

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
from history.changes import UNKNOWN, Action, Change, Value, changes_of, merge
from history.documents import STORE_AWAY, CanvasProgress, ChangedValue, ChangeRecord, CommitArchive, ElementKind

logger = logging.getLogger(__name__)

COMMITS_AT_ONCE = 200
SNAPSHOT_EVERY_COMMITS = 1_000
SNAPSHOT_EVERY = timedelta(hours=1)
_DUPLICATE_KEY = 11000


def catch_up(canvas: str) -> int:
    """Records what is archived of the canvas and not recorded yet; how many commits that were."""
    progress = CanvasProgress.objects(canvas=canvas).first() or _begin(canvas)
    recorded = 0
    while commits := _archived_after(canvas, progress.changes_seq):
        _record_or_park(progress.project, [commit for _, commit in commits if commit is not None])
        progress.changes_seq = commits[-1][0]
        CanvasProgress.objects(canvas=canvas, changes_seq__lt=progress.changes_seq).update_one(
            set__changes_seq=progress.changes_seq
        )
        recorded += len(commits)
        if len(commits) < COMMITS_AT_ONCE:
            break
    if recorded:
        _snapshot_if_due(progress)
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
        _remake(progress.project, change)
    CanvasProgress.objects(canvas=canvas).update_one(unset__unsnapped_seq=True)


def _remake(project: str, late: Change) -> None:
    kept = ChangeRecord.objects(canvas=late.canvas, key=late.key, element=late.element).first()
    if kept is None:
        _write(ChangeRecord, [InsertOne(_as_record(project, late).to_mongo())])
        return
    first, last = min(late.first_seq, int(kept.first_seq)), max(late.last_seq, int(kept.last_seq))
    made: Change | None = None
    for item in CommitArchive.objects(canvas=late.canvas, seq__gte=first, seq__lte=last).order_by("seq"):
        with suppress(LogCorrupt):  # parked, as it was when it was met first
            for change in changes_of(readable(item), lambda _: late.element_type):
                if (change.key, change.element) == (late.key, late.element):
                    made = change if made is None else merge(made, change)
    if made is not None:
        document = _as_record(project, made).to_mongo()
        _write(ChangeRecord, [ReplaceOne({"_id": kept.pk, "last_seq": kept.last_seq}, {**document, "_id": kept.pk})])


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


def _archived_after(canvas: str, seq: int) -> list[tuple[int, Commit | None]]:
    """The next commits; None for one that cannot be read, which is parked and told about."""
    kept = CommitArchive.objects(canvas=canvas, seq__gt=seq).order_by("seq").limit(COMMITS_AT_ONCE)
    found: list[tuple[int, Commit | None]] = []
    for item in kept:
        try:
            found.append((int(item.seq), readable(item)))
        except LogCorrupt as error:
            _park(canvas, int(item.seq), error)
            found.append((int(item.seq), None))
    return found


def readable(item: CommitArchive) -> Commit:
    """Raises LogCorrupt, also for a body of another place or time than its item: changes are filed by the body's."""
    commit = timetravel.unsealed(item).commit
    if (commit.canvas, commit.seq, commit.at) != (item.canvas, item.seq, item.at):
        raise LogCorrupt(f"its body is that of commit {commit.seq} of canvas {commit.canvas!r} at {commit.at!r}")
    return commit


def failure(error: Exception) -> str:
    return f"no change records: {error!r}"


def _park(canvas: str, seq: int, error: Exception) -> None:
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
            _park(commits[0].canvas, commits[0].seq, error)
            return
        for commit in commits:
            _record_or_park(project, [commit])


def _record(project: str, commits: Sequence[Commit]) -> None:
    """Their changes, folded into what is recorded already. Commits that a record has are not folded in again."""
    types = _types(commits)
    changes = [change for commit in commits for change in changes_of(commit, lambda e: types.get(e, UNKNOWN))]
    if not changes:
        return
    keys = {change.key for change in changes}
    kept = {
        (record.key, record.element): record
        for record in ChangeRecord.objects(canvas=changes[0].canvas, key__in=list(keys))
    }
    records = {place: _as_change(record) for place, record in kept.items()}
    touched: dict[tuple[str, str], Change] = {}
    for change in changes:
        place = (change.key, change.element)
        earlier = records.get(place)
        if earlier is not None and change.first_seq <= earlier.last_seq:
            continue
        touched[place] = records[place] = change if earlier is None else merge(earlier, change)
    operations: list[Any] = []
    for place, change in touched.items():
        document = _as_record(project, change).to_mongo()
        if place in kept:
            # Another worker may have folded the same commits in already: then nothing matches, and nothing is lost.
            same = {"_id": kept[place].pk, "last_seq": kept[place].last_seq}
            operations.append(ReplaceOne(same, {**document, "_id": kept[place].pk}))
        else:
            operations.append(InsertOne(document))
    _write(ChangeRecord, operations)


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


def _write(document: type[Document], operations: list[Any]) -> None:
    """A duplicate is another worker's same doing."""
    if not operations:
        return
    try:
        document._get_collection().bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        if any(failure["code"] != _DUPLICATE_KEY for failure in error.details["writeErrors"]):
            raise


def _as_record(project: str, change: Change) -> ChangeRecord:
    values = [
        ChangedValue(
            path=path,
            before=value.before,
            after=value.after,
            appended=value.appended or None,
            shortened=value.shortened or None,
        )
        for path, value in change.values.items()
    ]
    return ChangeRecord(
        project=project,
        canvas=change.canvas,
        key=change.key,
        element=change.element,
        element_type=change.element_type,
        family=change.family,
        action=change.action.value,
        user=change.user,
        client=change.client,
        gesture=change.gesture,
        first_seq=change.first_seq,
        last_seq=change.last_seq,
        begun_at=change.begun_at,
        ended_at=change.ended_at,
        values=values,
    )


def _as_change(record: ChangeRecord) -> Change:
    return Change(
        canvas=record.canvas,
        key=record.key,
        element=record.element,
        element_type=record.element_type,
        action=Action(record.action),
        user=record.user,
        client=record.client,
        gesture=record.gesture,
        first_seq=int(record.first_seq),
        last_seq=int(record.last_seq),
        begun_at=record.begun_at,
        ended_at=record.ended_at,
        values={
            value.path: Value(value.before, value.after, value.appended or 0, bool(value.shortened))
            for value in record.values
        },
    )


def _snapshot_if_due(progress: CanvasProgress) -> None:
    """Each thousand commits, and for what is younger than an hour's last one, at its next commit after the hour."""
    canvas, newest, unsnapped = progress.canvas, int(progress.changes_seq), int(progress.unsnapped_seq or 0)
    last = timetravel.last_snapshot(canvas)
    if newest - max(last.seq if last else 0, unsnapped) < SNAPSHOT_EVERY_COMMITS:
        if last is None or last.seq < unsnapped:
            return
        moment = CommitArchive.objects(canvas=canvas, seq=newest).only("time").first()
        if moment is None or moment.time - last.time < SNAPSHOT_EVERY:
            return
    try:
        timetravel.snapshot_write(timetravel.state_at(canvas, newest))
    except STORE_AWAY:
        raise
    except Exception:  # a commit is parked, or lost, or cannot be replayed: each try begins with the last snapshot
        logger.exception("no snapshot of %s at %d", canvas, newest)
        CanvasProgress.objects(canvas=canvas).update_one(set__unsnapped_seq=newest)
