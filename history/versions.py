"""Named versions: moments of a canvas to which people gave names.

Items of the canvas's own partition, so that they outlive whatever becomes of MongoDB; there they keep a snapshot, which
makes them quick to open and lets them outlive the retention of history.
"""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import DeleteError, UpdateError
from pynamodb.expressions.update import Action

from canvasapp import log
from canvasapp.exceptions import LogCorrupt
from canvasapp.items import canvas_key
from history import timetravel
from history.documents import open_archive
from projects.exceptions import AppError, NotFound
from projects.models import User
from projects.store import reaching_dynamodb
from projects.table import TableItem

VERSION_PREFIX = "VERSION#"
MOST = 500  # of a canvas: their list is one answer

logger = logging.getLogger(__name__)


class TooManyVersions(AppError):
    code, http_status = "limit", 422


class VersionItem(TableItem, discriminator="version"):
    """`at` is when commit `seq` was made; none for the empty canvas. Ids sort by when the version was named."""

    name = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    seq = NumberAttribute()
    at = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()


@dataclass(frozen=True, slots=True)
class Version:
    id: str
    name: str
    description: str
    seq: int
    at: str | None
    created_at: datetime
    created_by: str


def versions_of(canvas_id: str) -> list[Version]:
    """Newest first."""
    with reaching_dynamodb():
        return [_version(item) for item in _items(canvas_id, newest_first=True)]


def version_seqs(canvas_id: str) -> frozenset[int]:
    """The commits that have a name."""
    return frozenset(version.seq for version in versions_of(canvas_id))


def version_create(
    *, canvas_id: str, name: str, created_by: User, description: str = "", seq: int | None = None
) -> Version:
    """Names the state after commit `seq`, or the present one. The caller has checked the rights.

    Two people at once may go a little beyond MOST. Raises TooManyVersions, timetravel.NoSuchCommit, Unavailable,
    LogCorrupt.
    """
    head = log.head_seq(canvas_id)
    seq = head if seq is None else seq
    if seq > head:
        raise timetravel.NoSuchCommit(f"canvas {canvas_id} has no commit {seq}; its last one is {head}")
    with reaching_dynamodb():
        if VersionItem.count(canvas_key(canvas_id), VersionItem.sk.startswith(VERSION_PREFIX)) >= MOST:
            raise TooManyVersions(f"A canvas has at most {MOST} versions; delete one that is not needed any more.")
    item = VersionItem(
        canvas_key(canvas_id),
        VERSION_PREFIX + _id_new(),
        name=name,
        description=description,
        seq=seq,
        at=log.read(canvas_id, seq - 1, 1)[0].commit.at if seq else None,
        created_at=datetime.now(UTC),
        created_by=str(created_by.pk),
    )
    with reaching_dynamodb():
        item.save()
    _keep_snapshot(canvas_id, seq)
    return _version(item)


def version_update(
    *, canvas_id: str, version_id: str, name: str | None = None, description: str | None = None
) -> Version:
    """Raises NotFound, Unavailable."""
    item = VersionItem(canvas_key(canvas_id), VERSION_PREFIX + version_id)
    changed: list[Action] = []
    if name is not None:
        changed.append(VersionItem.name.set(name))
    if description is not None:
        changed.append(VersionItem.description.set(description))
    with _found(), reaching_dynamodb():
        if changed:
            item.update(changed, condition=VersionItem.pk.exists())
        else:
            item.refresh(consistent_read=True)
    return _version(item)


def version_delete(*, canvas_id: str, version_id: str) -> None:
    """Its snapshot stays: it is one like any other. Raises NotFound, Unavailable."""
    with _found(), reaching_dynamodb():
        VersionItem(canvas_key(canvas_id), VERSION_PREFIX + version_id).delete(condition=VersionItem.pk.exists())


def versions_purge(*, canvas_id: str) -> None:
    """Of a canvas that is removed for good. Repeatable. Raises Unavailable."""
    with reaching_dynamodb(), VersionItem.batch_write() as batch:
        for item in _items(canvas_id):
            batch.delete(item)


def _keep_snapshot(canvas_id: str, seq: int) -> None:
    """Without it the version opens all the same, from the one before it."""
    if not seq:
        return
    try:
        open_archive()
        timetravel.snapshot_write(timetravel.state_at(canvas_id, seq))
    except (PyMongoError, OperationError, LogCorrupt, timetravel.NoSuchCommit) as error:
        logger.warning("no snapshot of %s at version %d: %s", canvas_id, seq, error)


def _items(canvas_id: str, *, newest_first: bool = False) -> Iterator[VersionItem]:
    yield from VersionItem.query(
        canvas_key(canvas_id),
        VersionItem.sk.startswith(VERSION_PREFIX),
        consistent_read=True,
        scan_index_forward=not newest_first,
    )


def _version(item: VersionItem) -> Version:
    return Version(
        id=item.sk.removeprefix(VERSION_PREFIX),
        name=item.name,
        description=item.description,
        seq=int(item.seq),
        at=item.at,
        created_at=item.created_at,
        created_by=item.created_by,
    )


def _id_new() -> str:
    """Milliseconds, then chance: sorts by time until the year 10889."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except (UpdateError, DeleteError, VersionItem.DoesNotExist) as error:
        raise NotFound("There is no such version.") from error
