"""Pictures: storing them, reading them, and the question who may.

An asset's id is the SHA-256 of the bytes that somebody uploaded; its stored form is written anew (assets_images.py).
A project holds it by a grant. The bytes are in Django's default storage before any item names them, under a name that
is used once: whatever breaks off in between leaves a file that nobody refers to, which collect_assets removes.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from canvasapp.assets_images import BadImage, Cleaned, ImageTooLarge, NotAnImage, image_clean
from canvasapp.items import AssetGrant, AssetItem, AssetUsage, asset_key
from canvasapp.state import now_rfc3339
from projects.access import Role, access_any
from projects.exceptions import AppError, Conflict, Invalid, NotFound, TooLarge, Unavailable
from projects.items import METADATA, PROJECT_PREFIX, Membership, Project, project_key, user_key
from projects.store import collided, condition_failed, reaching_dynamodb, transaction_write

FOLDER = "assets"
ID_FORM = "[0-9a-f]{64}"
BATCH = 100  # keys of one BatchGetItem
# Decoding takes up to a few hundred MB and a core: as many at a time, the rest waits its turn.
_DECODERS = threading.BoundedSemaphore(2)
_DECODER_WAIT_SECONDS = 20.0
_ATTEMPTS = 6
_CONFLICT_PAUSE_SECONDS = 0.05


class UnsupportedImage(AppError):
    code, http_status = "unsupported_media_type", 415


class NoRoom(AppError):
    """The project's assets would exceed what it may have."""

    code, http_status = "limit", 422


@dataclass(frozen=True, slots=True)
class Asset:
    """`size` is that of the stored form, which is what readers get."""

    id: str
    type: str
    size: int
    width: int
    height: int

    @classmethod
    def of(cls, item: AssetItem) -> "Asset":
        return cls(item.id, item.type, int(item.size), int(item.width), int(item.height))


@dataclass(frozen=True, slots=True)
class Stored:
    asset: Asset
    new: bool  # for the project


def asset_store(*, project_id: str, data: bytes, stored_by: str) -> Stored:
    """Makes the picture the project's; the same bytes again change nothing. The caller has checked the user's rights.

    Raises Invalid, UnsupportedImage, TooLarge, NoRoom, NotFound (no such project), Conflict, Unavailable.
    """
    if not data:
        raise _wrong(Invalid, "The file is empty.")
    if len(data) > settings.ASSET_MAX_BYTES:
        raise _wrong(TooLarge, f"A picture has at most {settings.ASSET_MAX_BYTES // 1024 // 1024} MiB.")
    asset_id = hashlib.sha256(data).hexdigest()
    item = _item(asset_id) or _item_new(asset_id, _clean(data))
    new = _grant(project_id, item, stored_by)
    return Stored(Asset.of(item), new)


def asset_of(*, user_id: str, asset_id: str) -> AssetItem:
    """The asset, if a project of the user's holds it; NotFound otherwise, whether or not there is one."""
    item = _item(asset_id) if len(asset_id) == 64 else None
    if item is None or not _may_view(user_id, asset_id):
        raise NotFound("There is no such picture, or you have no access to it.")
    return item


def asset_in(*, project_id: str, asset_id: str) -> AssetItem | None:
    """The asset, if the project holds it. For what draws a canvas on the server: the caller has checked the rights."""
    return _item(asset_id) if _holds(project_id, asset_id) else None


def asset_bytes(item: AssetItem) -> bytes:
    """Raises NotFound when the storage has lost it, Unavailable when the storage is away."""
    try:
        with default_storage.open(item.file) as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise NotFound("The picture's file is missing.") from error
    except OSError as error:
        raise Unavailable from error


def _wrong(kind: type[AppError], sentence: str) -> AppError:
    return kind(sentence, errors={"file": [sentence]})


def _clean(data: bytes) -> Cleaned:
    if not _DECODERS.acquire(timeout=_DECODER_WAIT_SECONDS):
        raise Unavailable("Too many pictures are arriving just now; try again shortly.")
    try:
        return image_clean(data)
    except NotAnImage as error:
        raise _wrong(UnsupportedImage, str(error)) from error
    except BadImage as error:
        raise _wrong(Invalid, str(error)) from error
    except ImageTooLarge as error:
        raise _wrong(TooLarge, str(error)) from error
    finally:
        _DECODERS.release()


def _item(asset_id: str) -> AssetItem | None:
    with reaching_dynamodb():
        try:
            return AssetItem.get(asset_key(asset_id), METADATA, consistent_read=True)
        except AssetItem.DoesNotExist:
            return None


def _holds(project_id: str, asset_id: str) -> bool:
    with reaching_dynamodb():
        try:
            AssetGrant.get(project_key(project_id), asset_key(asset_id), consistent_read=True)
        except AssetGrant.DoesNotExist:
            return False
    return True


def _item_new(asset_id: str, cleaned: Cleaned) -> AssetItem:
    name = _file_write(f"{FOLDER}/{asset_id[:2]}/{asset_id}-{uuid4().hex}", cleaned.data)
    item = AssetItem.build(
        asset_id,
        type=cleaned.type,
        size=len(cleaned.data),
        width=cleaned.width,
        height=cleaned.height,
        file=name,
        created_at=now_rfc3339(),
        used_at=int(time.time()),
    )
    try:
        with reaching_dynamodb():
            item.save(condition=AssetItem.pk.does_not_exist())
    except PutError:
        winner = _item(asset_id)
        if winner is None:
            raise Conflict(gettext("The picture was removed while it was uploaded; try again.")) from None
        if winner.file != name:  # else the answer to an earlier try of this very put was lost
            with suppress(OSError):
                default_storage.delete(name)
        return winner
    return item


def _file_write(name: str, data: bytes) -> str:
    """The name it got. On this machine's disk it is there for good when this returns, as items are."""
    try:
        written = default_storage.save(name, ContentFile(data))
        with suppress(NotImplementedError):  # a storage elsewhere has no path
            file = os.open(default_storage.path(written), os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
    except OSError as error:
        raise Unavailable from error
    return written


def _grant(project_id: str, item: AssetItem, user_id: str) -> bool:
    """One transaction: the grant, its bytes in the project's count, and a fresh mark against collection.

    True when the project did not hold the asset before.
    """
    now = int(time.time())
    grant = AssetGrant.build(project_id, item.id, size=item.size, granted_by=user_id, used_at=now)
    usage = AssetUsage.build(project_id)
    size = int(item.size)
    most = settings.PROJECT_ASSETS_BYTES - size

    def renew(transaction: TransactWrite) -> None:
        transaction.update(grant, actions=[AssetGrant.used_at.set(now)], condition=AssetGrant.pk.exists())
        transaction.update(item, actions=[AssetItem.used_at.set(now)], condition=AssetItem.pk.exists())

    def give(transaction: TransactWrite) -> None:
        transaction.save(grant, condition=AssetGrant.pk.does_not_exist())
        transaction.update(item, actions=[AssetItem.used_at.set(now)], condition=AssetItem.pk.exists())
        transaction.update(
            usage,
            actions=[AssetUsage.bytes.add(size), AssetUsage.kind.set(AssetUsage)],
            condition=AssetUsage.pk.does_not_exist() | (AssetUsage.bytes <= most),
        )
        transaction.condition_check(Project, project_key(project_id), METADATA, condition=Project.pk.exists())

    for attempt in range(1, _ATTEMPTS + 1):
        held = _holds(project_id, item.id)
        if held and _written(renew):
            return False
        if not held and most >= 0 and _written(give):
            return True
        _explain(project_id, item)
        time.sleep(_CONFLICT_PAUSE_SECONDS * attempt)
    raise Conflict(gettext("Many pictures are arriving in this project just now; try again."))


def _written(fill: Callable[[TransactWrite], Any]) -> bool:
    """False when a condition failed or another transaction held an item."""
    try:
        with reaching_dynamodb(), transaction_write() as transaction:
            fill(transaction)
    except TransactWriteError as error:
        if not (condition_failed(error) or collided(error)):
            raise Unavailable from error
        return False
    return True


def _explain(project_id: str, item: AssetItem) -> None:
    """Raises the reason why a grant will not succeed; returns if it may."""
    if _item(item.id) is None:
        raise Conflict(gettext("The picture was removed while it was uploaded; try again."))
    with reaching_dynamodb():
        try:
            Project.get(project_key(project_id), METADATA, consistent_read=True)
        except Project.DoesNotExist:
            raise NotFound("There is no such project.") from None
        try:
            used = int(
                AssetUsage.get(project_key(project_id), AssetUsage.build(project_id).sk, consistent_read=True).bytes
            )
        except AssetUsage.DoesNotExist:
            used = 0
    if used + int(item.size) > settings.PROJECT_ASSETS_BYTES:
        raise _wrong(
            NoRoom,
            f"The project's pictures have {settings.PROJECT_ASSETS_BYTES // 1024 // 1024} MiB at most; they are full.",
        )


# Who may


def _may_view(user_id: str, asset_id: str) -> bool:
    """An asset is mostly in few projects; where it is in many, the person's own projects are the shorter list."""
    with reaching_dynamodb():
        rows = AssetGrant.gsi1.query(asset_key(asset_id), AssetGrant.gsi1sk.startswith(PROJECT_PREFIX), limit=BATCH + 1)
        holders = [grant.project_id for grant in rows]
    if holders and access_any(user_id, holders[:BATCH], Role.VIEWER):
        return True
    if len(holders) <= BATCH:
        return False
    return any(access_any(user_id, held, Role.VIEWER) for held in _own_holders(user_id, asset_id))


def _own_holders(user_id: str, asset_id: str) -> Iterator[list[str]]:
    with reaching_dynamodb():
        rows = Membership.gsi1.query(user_key(user_id), Membership.gsi1sk.startswith(PROJECT_PREFIX))
        for batch in _batches(rows):
            keys = [(project_key(membership.project_id), asset_key(asset_id)) for membership in batch]
            if held := [grant.project_id for grant in AssetGrant.batch_get(keys)]:
                yield held


def _batches(rows: Any) -> Iterator[list[Membership]]:
    batch: list[Membership] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
