"""Checkpoints: elements and head record, written behind the log, and the loading that starts from them.

Blocking; call through in_thread. Safe from any process at any time: every write is conditional on being newer
(SPEC.md, CP rules).
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from canvasapp.commits import pack, unpack
from canvasapp.elements import Element
from canvasapp.exceptions import NoSuchCanvas, Unavailable
from canvasapp.items import ELEMENT_PREFIX, HEAD_SK, ElementItem, HeadItem, canvas_key, element_key
from canvasapp.log import connection, query_raw, scan
from canvasapp.state import CanvasState, Mark
from projects.exceptions import Unavailable as ProjectsUnavailable
from projects.services import canvas_touched

logger = logging.getLogger(__name__)

TOMBSTONE_LIFETIME = timedelta(days=30)  # how long a deleted element can be restored once nobody has the canvas open

_element = msgspec.json.Decoder(Element)
_marks = msgspec.json.Decoder(dict[str, Mark])
# DynamoDB's own limits are 100 items and 4 MB a transaction.
MAX_TRANSACTION_ITEMS = 100
MAX_TRANSACTION_BYTES = 3 * 1024 * 1024
# A checkpoint has time, and commits have not: it is spread over some forty transactions with a pause after each.
MIN_TRANSACTION_ITEMS = 4
BATCHES = 40
PACE_SECONDS = 0.02
_ATTEMPTS = 5
_CONFLICT_PAUSE_SECONDS = 0.05


def head_item(canvas_id: str) -> HeadItem:
    """The head record, consistent. Raises NoSuchCanvas, Unavailable."""
    head = any_head_item(canvas_id)
    if head.deleted:
        raise NoSuchCanvas(canvas_id)
    return head


def deleted_head_item(canvas_id: str) -> HeadItem | None:
    """The head record of a canvas in the trash; None for one that is not in it. Raises NoSuchCanvas, Unavailable."""
    head = any_head_item(canvas_id)
    return head if head.deleted else None


def any_head_item(canvas_id: str) -> HeadItem:
    try:
        return HeadItem.get(canvas_key(canvas_id), HEAD_SK, consistent_read=True)
    except HeadItem.DoesNotExist:
        raise NoSuchCanvas(canvas_id) from None
    except PynamoDBException as error:
        raise Unavailable(f"head of {canvas_id}: {error}") from error


def load(canvas_id: str) -> CanvasState:
    """LoadCanvas: the checkpoint and the commits after it. Right at every moment, also while a checkpoint is written.

    The head record is read before the elements: an element newer than it is simply past the commits it already has.
    Raises NoSuchCanvas, Unavailable, LogCorrupt.
    """
    head = head_item(canvas_id)
    state = CanvasState(canvas_id, int(head.checkpoint_seq), bytes(head.checkpoint_hash), head.checkpoint_at)
    if head.clients:
        state.clients = _marks.decode(unpack(head.clients))
    condition = ElementItem.sk.startswith(ELEMENT_PREFIX)
    for item in query_raw(canvas_key(canvas_id), condition, ["body"]):
        state.put(_element.decode(unpack(item["body"]["B"])))
    for sealed in scan(canvas_id, state.seq):
        state.replay(sealed)
    return state


class Checkpoint(msgspec.Struct, frozen=True):
    """What is to be written: elements changed since the last checkpoint, and the head they belong to."""

    canvas_id: str
    seq: int
    hash: bytes
    at: str
    elements: list[Element]
    clients: dict[str, Mark]


def write(checkpoint: Checkpoint) -> None:
    """Writes the elements, then the head record. On Unavailable some elements may be written: no harm done."""
    for batch in _batches(checkpoint):
        _write_elements(batch)
        time.sleep(PACE_SECONDS)
    head = HeadItem(canvas_key(checkpoint.canvas_id), HEAD_SK)
    try:
        head.update(
            actions=[
                HeadItem.checkpoint_seq.set(checkpoint.seq),
                HeadItem.checkpoint_hash.set(checkpoint.hash),
                HeadItem.checkpoint_at.set(checkpoint.at),
                HeadItem.clients.set(pack(msgspec.json.encode(checkpoint.clients))),
            ],
            condition=HeadItem.checkpoint_seq < checkpoint.seq,
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise Unavailable(f"checkpoint of {checkpoint.canvas_id}: {error}") from error
    else:
        _touch(head.project_id, checkpoint)


def _touch(project_id: str, checkpoint: Checkpoint) -> None:
    """What people see as "last change". A note beside the truth: that it cannot be written fails no checkpoint."""
    last = max(checkpoint.elements, key=lambda element: element.seq, default=None)
    if last is None:
        return
    at = datetime.fromisoformat(checkpoint.at)
    try:
        canvas_touched(project_id=project_id, canvas_id=checkpoint.canvas_id, at=at, by=last.updated_by)
    except (PynamoDBException, ProjectsUnavailable) as error:
        logger.warning("canvas %s: its last change was not noted (%s)", checkpoint.canvas_id, error)


def _batches(checkpoint: Checkpoint) -> Iterator[list[ElementItem]]:
    """Items in groups for one transaction each: small ones while few, so that no commit waits long behind one."""
    pk = canvas_key(checkpoint.canvas_id)
    most = min(MAX_TRANSACTION_ITEMS, max(MIN_TRANSACTION_ITEMS, len(checkpoint.elements) // BATCHES))
    batch: list[ElementItem] = []
    size = 0
    for element in checkpoint.elements:
        item = ElementItem(pk, element_key(element.id), seq=element.seq, body=pack(msgspec.json.encode(element)))
        if element.deleted:
            item.expires_at = TOMBSTONE_LIFETIME
        if batch and (len(batch) == most or size + len(item.body) > MAX_TRANSACTION_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.body)
    if batch:
        yield batch


def _write_elements(batch: list[ElementItem]) -> None:
    """One transaction; those that somebody else's checkpoint already wrote as new or newer are left out.

    A transaction costs twice the write units of single puts, a twelfth of our processor time and half of the store's
    (docs/decisions/checkpoint-transactions.md).
    """
    for attempt in range(_ATTEMPTS):
        try:
            with TransactWrite(connection=connection().connection) as transaction:
                for item in batch:
                    older = ElementItem.pk.does_not_exist() | (ElementItem.seq < item.seq)
                    transaction.save(item, condition=older)
        except TransactWriteError as error:
            reasons = error.cancellation_reasons
            if not reasons:
                raise Unavailable(f"checkpoint of {batch[0].pk}: {error}") from error
            batch = [
                item
                for item, reason in zip(batch, reasons, strict=True)
                if reason is None or reason.code != "ConditionalCheckFailed"
            ]
            if not batch:
                return
            time.sleep(_CONFLICT_PAUSE_SECONDS * attempt)  # another process's transaction has one of them in hand
        else:
            return
    raise Unavailable(f"checkpoint of {batch[0].pk}: elements are contended")
