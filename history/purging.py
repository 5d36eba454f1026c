"""A canvas that is removed for good takes its history with it.

The purge does not wait for MongoDB: what stays behind, because it was away or because the worker archived the last
commits afterwards, is found and removed by `manage.py enforce_retention`.
"""

import logging
from collections.abc import Iterator
from typing import Any

from django.dispatch import receiver
from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError

from canvasapp.exceptions import Unavailable
from canvasapp.items import HEAD_SK, HeadItem, canvas_key
from canvasapp.signals import canvas_purged
from history import versions
from history.documents import (
    CanvasProgress,
    ChangeRecord,
    CommitArchive,
    ElementKind,
    ParkedRecord,
    Snapshot,
    open_archive,
)
from projects import exceptions as projects_exceptions
from projects.store import reaching_dynamodb

logger = logging.getLogger(__name__)


@receiver(canvas_purged)
def canvas_forget(canvas_id: str, **_: Any) -> None:
    """Raises canvasapp's Unavailable when the versions cannot be removed: then the purge is asked for again."""
    try:
        versions.versions_purge(canvas_id=canvas_id)
    except projects_exceptions.Unavailable as error:
        raise Unavailable(f"versions of {canvas_id}: {error}") from error
    try:
        open_archive()
        history_purge(canvas_id=canvas_id)
    except (PyMongoError, OperationError) as error:
        logger.warning("the history of %s is left to enforce_retention: %s", canvas_id, error)


def history_purge(*, canvas_id: str) -> None:
    """Repeatable. Progress goes last: by it, what broke off is found again."""
    ParkedRecord.objects(item_pk=canvas_key(canvas_id)).delete()
    for document in (ChangeRecord, CommitArchive, Snapshot, ElementKind, CanvasProgress):
        document._get_collection().delete_many({"canvas": canvas_id})


def canvases_left_behind(project_id: str | None = None) -> Iterator[str]:
    """Those with a history and without a head record, which goes last when a canvas is purged."""
    known = CanvasProgress.objects(**({"project": project_id} if project_id else {}))
    for progress in known.only("canvas").no_cache():
        with reaching_dynamodb():
            try:
                HeadItem.get(canvas_key(progress.canvas), HEAD_SK, consistent_read=True, attributes_to_get=["PK"])
            except HeadItem.DoesNotExist:
                yield progress.canvas
