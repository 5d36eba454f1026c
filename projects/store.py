"""The DynamoDB driver's two rough edges: its errors, and transactions over the table's own connection."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.transactions import TransactWrite

from projects.exceptions import Unavailable
from projects.table import TableItem

# The store answered, and its answer is "no": that is for the caller to interpret.
_ANSWERS = {"ConditionalCheckFailedException", "TransactionCanceledException"}


@contextmanager
def reaching_dynamodb() -> Iterator[None]:
    try:
        yield
    except PynamoDBException as error:
        if error.cause is None or error.cause_response_code in _ANSWERS:
            raise
        raise Unavailable from error


def transaction_write() -> TransactWrite:
    return TransactWrite(connection=_connection())


def collided(error: TransactWriteError) -> bool:
    """Cancelled because another transaction held an item, not because a condition failed."""
    return any(reason is not None and reason.code == "TransactionConflict" for reason in error.cancellation_reasons)


@functools.cache
def _connection() -> Connection:
    meta = TableItem.Meta
    return Connection(
        region=meta.region,
        host=meta.host,
        connect_timeout_seconds=meta.connect_timeout_seconds,
        read_timeout_seconds=meta.read_timeout_seconds,
        max_retry_attempts=meta.max_retry_attempts,
        max_pool_connections=meta.max_pool_connections,
    )
