"""What changes canvases, for synchronous callers: REST, pages, commands. All edits go through the canvas's room."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec
from asgiref.sync import SyncToAsync, async_to_sync
from django.dispatch import receiver
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from canvasapp import log
from canvasapp.checkpoint import head_item
from canvasapp.exceptions import NoSuchCanvas, Refused, Repeated, Unavailable
from canvasapp.items import HEAD_SK, HeadItem, canvas_key
from canvasapp.ops import MAX_INTENT_BYTES, MAX_OPS, Op
from canvasapp.room import Receipt
from canvasapp.rooms import rooms
from canvasapp.signals import canvas_deleted
from canvasapp.state import KEYED, Intent, now_rfc3339
from projects.exceptions import Conflict
from projects.exceptions import Unavailable as ProjectsUnavailable
from projects.items import CanvasEntry
from projects.models import User
from projects.signals import project_deleting
from projects.store import collided, condition_failed, reaching_dynamodb, transaction_write

SUBMIT_SECONDS = 10.0  # how long a synchronous caller waits for a commit
_ATTEMPTS = 5
_CONFLICT_PAUSE_SECONDS = 0.05

T = TypeVar("T")
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
    return canvas_id


def canvas_rename(*, canvas_id: str, name: str) -> None:
    """Raises NoSuchCanvas, Conflict, Unavailable."""
    head = head_item(canvas_id)
    entry = CanvasEntry.build(head.project_id, canvas_id)

    def fill(transaction: TransactWrite) -> None:
        transaction.update(head, actions=[HeadItem.name.set(name)], condition=HeadItem.pk.exists())
        transaction.update(
            entry,
            actions=[CanvasEntry.name.set(name), CanvasEntry.updated_at.set(datetime.now(UTC))],
            condition=CanvasEntry.pk.exists(),
        )

    _write_head(canvas_id, fill)


def canvas_delete(*, canvas_id: str) -> None:
    """Nobody can open it any more and open sockets are closed; its log stays for the history.

    Raises NoSuchCanvas, Conflict, Unavailable.
    """
    head = head_item(canvas_id)

    def fill(transaction: TransactWrite) -> None:
        transaction.update(head, actions=[HeadItem.deleted.set(True)], condition=HeadItem.pk.exists())
        transaction.delete(CanvasEntry.build(head.project_id, canvas_id))

    _write_head(canvas_id, fill)
    canvas_deleted.send(sender=HeadItem, canvas_id=canvas_id)


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
    raise Conflict("Someone else is changing this canvas just now; try again.")


@receiver(project_deleting)
def delete_canvases(canvas_ids: list[str], **_: Any) -> None:
    """Repeatable: a removal that broke off goes on where it stopped. Raises projects' Unavailable."""
    for canvas_id in canvas_ids:
        try:
            canvas_delete(canvas_id=canvas_id)
        except NoSuchCanvas:
            continue
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
