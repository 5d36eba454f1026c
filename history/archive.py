"""The exact commits, and what could not become one, in MongoDB. Each write may be repeated without harm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from history.documents import CanvasProgress, CommitArchive, ParkedRecord
from history.projection import MAX_BODY_BYTES, ArchivedCommit, Image, wire_json

_DUPLICATE_KEY = 11000
CHANGED_IN_PLACE = "another commit is archived under this number: the log was changed in place"


@dataclass(frozen=True, slots=True)
class Stored:
    new: int
    repeated: int
    differing: tuple[ArchivedCommit, ...]  # another commit is archived under that canvas and seq


def archived_head(canvas: str) -> int:
    """The highest seq archived of the canvas, 0 if none. Everything below it is archived or parked."""
    last = CommitArchive.objects(canvas=canvas).order_by("-seq").only("seq").first()
    return int(last.seq) if last else 0


def store(commits: Sequence[ArchivedCommit]) -> Stored:
    """Archive in the given order; a crash leaves a prefix of them, which is what `archived_head` relies on."""
    new, differing, start = 0, [], 0
    operations = [_put_if_absent(commit) for commit in commits]
    while start < len(operations):
        try:
            new += CommitArchive._get_collection().bulk_write(operations[start:], ordered=True).upserted_count
            break
        except BulkWriteError as error:
            failure = error.details["writeErrors"][0]
            if failure["code"] != _DUPLICATE_KEY:
                raise
            new += error.details["nUpserted"]
            start += failure["index"]
            if not _is_archived(commits[start]):
                differing.append(commits[start])
            start += 1
    return Stored(new, len(commits) - new - len(differing), tuple(differing))


def missing(first: int, last: int) -> str:
    return f"commits {first} to {last} are in neither stream nor log"


def park(pk: str, sk: str, error: str, images: Sequence[Image]) -> None:
    """Without its raw items where these are more than a document holds: then the log has them."""
    now = datetime.now(UTC)
    raw = wire_json(images)
    ParkedRecord.objects(item_pk=pk, item_sk=sk).update_one(
        upsert=True,
        set__error=error,
        set__raw=raw if len(raw) <= MAX_BODY_BYTES else wire_json([]),
        set__last_at=now,
        set_on_insert__first_at=now,
        inc__count=1,
    )


def _put_if_absent(commit: ArchivedCommit) -> UpdateOne:
    # The fingerprint is in the filter: the same commit matches and nothing happens; a different one under the same
    # canvas and seq does not match, and its insertion fails on the unique index.
    return UpdateOne(
        {"canvas": commit.canvas, "seq": commit.seq, "fingerprint": commit.fingerprint},
        {
            "$setOnInsert": {
                "commit_id": commit.commit_id,
                "at": commit.at,
                "time": commit.time,
                "hash": commit.hash,
                "format": commit.format,
                "body": commit.body,
                "part_sizes": [len(body) for body in commit.bodies],
            }
        },
        upsert=True,
    )


def _is_archived(commit: ArchivedCommit) -> bool:
    # True after losing a race with another worker that archived the same commit.
    same = CommitArchive.objects(canvas=commit.canvas, seq=commit.seq, fingerprint=commit.fingerprint)
    return bool(same.count())


def archived_canvases(*, canvas: str | None = None, project: str | None = None) -> Iterator[str]:
    """The canvases of which anything is archived: all, or those of a project, or one if it is one of them."""
    if project:
        yield from CanvasProgress.objects(project=project).distinct("canvas")
        return
    chosen = [{"$match": {"canvas": canvas}}] if canvas else []
    # In the index's order, so that it is read at one place for each canvas.
    grouped = [{"$sort": {"canvas": 1}}, {"$group": {"_id": "$canvas"}}]
    for found in CommitArchive._get_collection().aggregate([*chosen, *grouped]):
        yield found["_id"]
