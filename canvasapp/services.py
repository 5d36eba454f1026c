"""What changes canvases, for synchronous callers: REST, pages, commands. All edits go through the canvas's room."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec
from asgiref.sync import SyncToAsync, async_to_sync
from django.dispatch import receiver
from django.utils.translation import gettext
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.transactions import TransactWrite

from canvasapp import log
from canvasapp.checkpoint import deleted_head_item, head_item
from canvasapp.elements import Element
from canvasapp.excalidraw import Drawing
from canvasapp.exceptions import NoSuchCanvas, Refused, Repeated, Unavailable
from canvasapp.items import COMMIT_PREFIX, ELEMENT_PREFIX, EMBED_SK, HEAD_SK, HeadItem, canvas_key
from canvasapp.ops import MAX_INTENT_BYTES, MAX_OPS, Op, creation
from canvasapp.room import Receipt
from canvasapp.rooms import rooms
from canvasapp.signals import canvas_deleted, canvas_purged
from canvasapp.state import KEYED, Intent, now_rfc3339
from projects.exceptions import Conflict
from projects.exceptions import Unavailable as ProjectsUnavailable
from projects.items import CanvasEntry
from projects.models import User
from projects.services import project_touched
from projects.signals import canvases_purging, project_deleted
from projects.store import collided, condition_failed, reaching_dynamodb, transaction_write
from projects.table import TableItem

KEYS = ["PK", "SK", "kind"]
SUBMIT_SECONDS = 10.0  # how long a synchronous caller waits for a commit
_ATTEMPTS = 5
_CONFLICT_PAUSE_SECONDS = 0.05

T = TypeVar("T")
LISTED = CanvasEntry.pk.exists() & CanvasEntry.deleted_at.does_not_exist()
_encoder = msgspec.json.Encoder()


def from_sync(function: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
    """Runs a coroutine that needs rooms: on the server's loop if this thread serves it, else on one of its own."""
    server_loop = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
    if server_loop is not None and server_loop.is_running():
        return async_to_sync(function)(*args)

    async def call() -> T:
        try:
            return await function(*args)
        finally:
            await rooms().close()

    return asyncio.run(call())


def canvas_create(*, project_id: str, name: str, created_by: User) -> str:
    """The new canvas's id. Its head record and its project's entry appear together."""
    canvas_id = uuid4().hex
    with reaching_dynamodb(), transaction_write() as transaction:
        transaction.save(
            HeadItem(
                canvas_key(canvas_id),
                HEAD_SK,
                project_id=project_id,
                name=name,
                created_at=now_rfc3339(),
                created_by=str(created_by.pk),
            ),
            condition=HeadItem.pk.does_not_exist(),
        )
        now = datetime.now(UTC)
        transaction.save(
            CanvasEntry.build(
                project_id, canvas_id, name=name, created_at=now, updated_at=now, created_by=str(created_by.pk)
            )
        )
    project_touched(project_id=project_id, canvas_id=canvas_id, at=now, by=str(created_by.pk))
    return canvas_id


def canvas_duplicate(*, canvas_id: str, name: str, created_by: User) -> str:
    """A new canvas in the same project, with the same elements under the same ids; the copy's id.

    Its first commit has them all, unless they are more than one intent may be.
    Raises NoSuchCanvas, Refused, Unavailable.
    """
    project_id = head_item(canvas_id).project_id
    copy = Drawing(ops=[msgspec.to_builtins(creation(element)) for element in from_sync(_elements, canvas_id)])
    copy_id = canvas_create(project_id=project_id, name=name, created_by=created_by)
    try:
        for batch in copy.batches():
            intent_submit(canvas_id=copy_id, author=created_by, ops=batch)
    except (Refused, Unavailable):
        with suppress(NoSuchCanvas, Conflict, Unavailable, ProjectsUnavailable):  # half a copy is none
            canvas_delete(canvas_id=copy_id, deleted_by=created_by)
        raise
    return copy_id


async def _elements(canvas_id: str) -> list[Element]:
    async with rooms().lend_fresh(canvas_id) as room:
        return room.state.live_elements()


def canvas_rename(*, canvas_id: str, name: str, renamed_by: User) -> None:
    """Raises NoSuchCanvas, Conflict, Unavailable."""
    head = head_item(canvas_id)
    entry = CanvasEntry.build(head.project_id, canvas_id)
    now, by = datetime.now(UTC), str(renamed_by.pk)

    def fill(transaction: TransactWrite) -> None:
        transaction.update(head, actions=[HeadItem.name.set(name)], condition=HeadItem.pk.exists())
        transaction.update(
            entry,
            actions=[CanvasEntry.name.set(name), CanvasEntry.updated_at.set(now), CanvasEntry.updated_by.set(by)],
            condition=LISTED,
        )

    _write_head(canvas_id, fill)
    project_touched(project_id=head.project_id, canvas_id=canvas_id, at=now, by=by)


def canvas_delete(*, canvas_id: str, deleted_by: User) -> None:
    """Into the trash: nobody can open it any more and open sockets are closed, until `canvas_restore`.

    Raises NoSuchCanvas, Conflict, Unavailable.
    """
    head = head_item(canvas_id)
    entry = CanvasEntry.build(head.project_id, canvas_id)

    def fill(transaction: TransactWrite) -> None:
        transaction.update(head, actions=[HeadItem.deleted.set(True)], condition=HeadItem.pk.exists())
        trashed = entry.into_trash(datetime.now(UTC), str(deleted_by.pk))
        transaction.update(entry, actions=trashed, condition=LISTED)

    _write_head(canvas_id, fill)
    canvas_deleted.send(sender=HeadItem, canvas_id=canvas_id)


def canvas_restore(*, canvas_id: str) -> None:
    """Back from the trash as it was. Repeatable. Raises NoSuchCanvas, Conflict, Unavailable."""
    head = deleted_head_item(canvas_id)
    if head is None:
        return
    entry = CanvasEntry.build(head.project_id, canvas_id)

    def fill(transaction: TransactWrite) -> None:
        transaction.update(head, actions=[HeadItem.deleted.set(False)], condition=HeadItem.pk.exists())
        transaction.update(entry, actions=entry.out_of_trash(), condition=CanvasEntry.pk.exists())

    _write_head(canvas_id, fill)


def canvas_purge(*, canvas_id: str) -> None:
    """For good: elements, commits, head record last, so that what broke off can be repeated. Raises Unavailable."""
    canvas_deleted.send(sender=HeadItem, canvas_id=canvas_id)
    canvas_purged.send(sender=HeadItem, canvas_id=canvas_id)
    pk = canvas_key(canvas_id)
    try:
        for prefix in (ELEMENT_PREFIX, COMMIT_PREFIX, EMBED_SK, HEAD_SK):
            with TableItem.batch_write() as batch:
                for item in TableItem.query(pk, TableItem.sk.startswith(prefix), attributes_to_get=KEYS):
                    batch.delete(item)
    except PynamoDBException as error:
        raise Unavailable(f"purge of {canvas_id}: {error}") from error


def _write_head(canvas_id: str, fill: Callable[[TransactWrite], None]) -> None:
    """One transaction, again while something else (a checkpoint, another rename) has the head record in hand."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with reaching_dynamodb(), transaction_write() as transaction:
                fill(transaction)
        except TransactWriteError as error:
            if condition_failed(error):  # deleted since the caller looked
                raise NoSuchCanvas(canvas_id) from error
            if not collided(error):
                raise Unavailable(f"head of {canvas_id}: {error}") from error
            time.sleep(_CONFLICT_PAUSE_SECONDS * attempt)
        else:
            return
    raise Conflict(gettext("Someone else is changing this canvas just now; try again."))


@receiver(project_deleted)
def close_canvases(canvas_ids: list[str], **_: Any) -> None:
    """They stay as they are, but nobody gets in (projects/access.py); who is in is sent away."""
    for canvas_id in canvas_ids:
        canvas_deleted.send(sender=HeadItem, canvas_id=canvas_id)


@receiver(canvases_purging)
def purge_canvases(canvas_ids: list[str], **_: Any) -> None:
    """Repeatable: a removal that broke off goes on where it stopped. Raises projects' Unavailable."""
    for canvas_id in canvas_ids:
        try:
            canvas_purge(canvas_id=canvas_id)
        except Unavailable as error:
            raise ProjectsUnavailable from error


def intent_submit(
    *, canvas_id: str, author: User, ops: list[dict[str, Any]], gesture: str | None = None, key: str | None = None
) -> Receipt:
    """Commits ops, all or nothing, and returns when they are durable. The caller has checked the author's rights.

    With a `key` (Idempotency-Key), the same author's repetition gets the first answer, and nothing is applied again.
    Raises Refused, NoSuchCanvas, Unavailable (whether it was saved is unknown then: repeat it with the same key).
    """
    try:
        parsed = msgspec.convert(ops, list[Op])
        size = len(_encoder.encode((parsed, gesture)))
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        # Python's own JSON reader lets through what nobody can write again: halves of surrogate pairs, deep nesting.
        raise Refused("invalid", str(error)) from error
    if len(parsed) > MAX_OPS or size > MAX_INTENT_BYTES:
        raise Refused("too_large", f"an intent has at most {MAX_OPS} ops and {MAX_INTENT_BYTES} bytes")
    if not parsed:
        raise Refused("invalid", "an intent has at least one op")
    user_id = str(author.pk)
    intent = Intent(
        client=f"{KEYED}{uuid5(NAMESPACE_URL, f'{user_id}:{key}')}" if key else str(uuid4()),
        user=user_id,
        number=1 if key else 0,
        ops=parsed,
        gesture=gesture if gesture is not None else msgspec.UNSET,
        size=size,
    )
    return from_sync(_submit, canvas_id, intent)


async def _submit(canvas_id: str, intent: Intent) -> Receipt:
    async with rooms().lend(canvas_id) as room:
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        room.submit(intent, done)
        try:
            async with asyncio.timeout(SUBMIT_SECONDS):
                return await done
        except TimeoutError:
            raise Unavailable("the store did not answer in time; whether this was saved is not known yet") from None
        except Repeated as repeated:
            return await _first_answer(canvas_id, intent, repeated.seq)


async def _first_answer(canvas_id: str, intent: Intent, seq: int) -> Receipt:
    (sealed,) = await asyncio.to_thread(log.read, canvas_id, seq - 1, 1)
    entries = [entry for entry in sealed.commit.entries if entry.client == intent.client]
    touched = {op.id for entry in entries for op in entry.ops}
    versions = {element_id: version for element_id, version in sealed.commit.versions.items() if element_id in touched}
    return Receipt(seq, versions, {})
