"""The log of a canvas: append and read since. The only writer of COMMIT# items; blocking, call it through in_thread.

Appending is one conditional put: whoever writes n+1 has seen n (SPEC.md, LG rules).
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PutError, PynamoDBException, TransactWriteError

from canvasapp.commits import FORMAT, Sealed, pack, unpack, unseal
from canvasapp.exceptions import LogCorrupt, Unavailable
from canvasapp.items import COMMIT_PREFIX, SEQ_DIGITS, CommitItem, CommitPartItem, canvas_key, commit_key, part_key
from projects.store import condition_failed, transaction_write

# An item may have 400 KB, keys and attribute names included.
MAX_PART_BYTES = 380 * 1024
# Three put attempts resolve a lost answer and a late first write; more is for the caller's patience.
_ATTEMPTS = 3


class Appended(Enum):
    DURABLE = "durable"  # it is in the log, by this call or an earlier one
    HEAD_MOVED = "head moved"  # another commit has its number


def append(sealed: Sealed) -> Appended:
    """Writes the commit under its number. Safe to call again with the same commit, however the last call ended.

    Raises Unavailable when the store gives no clear answer: the commit may or may not be in the log.
    """
    for attempt in range(_ATTEMPTS):
        try:
            _put(sealed)
        except (PutError, TransactWriteError) as error:
            if not _may_be_taken(error) and attempt == _ATTEMPTS - 1:
                raise Unavailable(f"commit {sealed.seq} of {sealed.commit.canvas}: {error}") from error
            # Taken, perhaps by this very commit (the answer of an earlier put was lost); or unclear: look.
            holder = holder_of(sealed.commit.canvas, sealed.seq)
            if holder is not None:
                return Appended.DURABLE if holder == sealed.commit.id else Appended.HEAD_MOVED
        else:
            return Appended.DURABLE
    raise Unavailable(f"commit {sealed.seq} of {sealed.commit.canvas}: no clear answer")


def holder_of(canvas_id: str, seq: int) -> str | None:
    """The id of the commit that has this number, None when it is free. Raises Unavailable."""
    try:
        item = CommitItem.get(canvas_key(canvas_id), commit_key(seq), consistent_read=True)
    except CommitItem.DoesNotExist:
        return None
    except PynamoDBException as error:
        raise Unavailable(f"commit {seq} of {canvas_id}: {error}") from error
    return item.commit_id


def read(canvas_id: str, after: int, limit: int | None = None, most_bytes: int | None = None) -> list[Sealed]:
    """The commits with seq > `after`, in order, consistent, without a gap. Raises Unavailable, LogCorrupt.

    At most `limit` of them, and no more after their bodies have reached `most_bytes` (but at least one).
    """
    found: list[Sealed] = []
    size = 0
    for sealed in scan(canvas_id, after, limit):
        found.append(sealed)
        size += len(sealed.body)
        if most_bytes is not None and size >= most_bytes:
            break
    return found


def scan(canvas_id: str, after: int, limit: int | None = None) -> Iterator[Sealed]:
    """As `read`, page by page."""
    expected = after + 1
    body: list[bytes] = []
    head: dict[str, Any] | None = None
    for item in _items(canvas_id, after):
        if _text(item, "kind") == "commit-part":
            if head is not None:
                body.append(item["body"]["B"])
        else:
            head, body = item, [item["body"]["B"]]
        if head is None or len(body) < _number(head, "parts"):
            continue
        seq = _number(head, "seq")
        if seq != expected:
            raise LogCorrupt(f"canvas {canvas_id}: commit {seq} where {expected} belongs")
        yield unseal(unpack(b"".join(body)), bytes.fromhex(_text(head, "hash")), _number(head, "format"))
        head, expected = None, expected + 1
        if limit is not None and expected > after + limit:
            return


def head_seq(canvas_id: str) -> int:
    """The number of the latest commit, by one read of one item; 0 before the first. Raises Unavailable."""
    condition = CommitItem.sk.startswith(COMMIT_PREFIX)
    try:
        page = connection().query(
            canvas_key(canvas_id),
            range_key_condition=condition,
            consistent_read=True,
            scan_index_forward=False,
            limit=1,
            attributes_to_get=["SK"],
        )
    except PynamoDBException as error:
        raise Unavailable(f"{canvas_key(canvas_id)}: {error}") from error
    return int(_text(page["Items"][0], "SK").removeprefix(COMMIT_PREFIX)[:SEQ_DIGITS]) if page["Items"] else 0


def _put(sealed: Sealed) -> None:
    commit = sealed.commit
    packed = pack(sealed.body)
    pk = canvas_key(commit.canvas)
    pieces = [packed[start : start + MAX_PART_BYTES] for start in range(0, len(packed), MAX_PART_BYTES)]
    item = CommitItem(
        pk,
        commit_key(commit.seq),
        seq=commit.seq,
        commit_id=commit.id,
        at=commit.at,
        hash=sealed.hash.hex(),
        format=FORMAT,
        parts=len(pieces),
        body=pieces[0],
    )
    free = CommitItem.pk.does_not_exist()
    if len(pieces) == 1:
        item.save(condition=free)
        return
    with transaction_write() as transaction:
        transaction.save(item, condition=free)
        for number, piece in enumerate(pieces[1:], start=1):
            transaction.save(CommitPartItem(pk, part_key(commit.seq, number), body=piece))


def _may_be_taken(error: PutError | TransactWriteError) -> bool:
    if isinstance(error, TransactWriteError):
        return condition_failed(error)
    return error.cause_response_code == "ConditionalCheckFailedException"


def _items(canvas_id: str, after: int) -> Iterator[dict[str, Any]]:
    # From behind the last part of `after` to the end of the commits ("$" follows "#").
    condition = CommitItem.sk.between(commit_key(after) + "$", COMMIT_PREFIX[:-1] + "$")
    yield from query_raw(canvas_key(canvas_id), condition)


def query_raw(pk: str, condition: Any, attributes: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Items of a partition as DynamoDB sends them, all pages, consistent. Raises Unavailable."""
    start: dict[str, Any] | None = None
    while True:
        try:
            page = connection().query(
                pk,
                range_key_condition=condition,
                consistent_read=True,
                exclusive_start_key=start,
                attributes_to_get=attributes,
            )
        except PynamoDBException as error:
            raise Unavailable(f"{pk}: {error}") from error
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if not start:
            return


def connection() -> TableConnection:
    return CommitItem._get_connection()


def _text(item: dict[str, Any], name: str) -> str:
    return str(item[name]["S"])


def _number(item: dict[str, Any], name: str) -> int:
    return int(item[name]["N"])
