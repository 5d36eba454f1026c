"""The DynamoDB driver's two rough edges: its errors, and transactions over the table's own connection."""

from collections.abc import Iterator
from contextlib import contextmanager

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
    return TransactWrite(connection=TableItem._get_connection().connection)


def collided(error: TransactWriteError) -> bool:
    """Cancelled because another transaction held an item, not because a condition failed."""
    return _cancelled_for(error, "TransactionConflict")


def condition_failed(error: TransactWriteError) -> bool:
    return _cancelled_for(error, "ConditionalCheckFailed")


def _cancelled_for(error: TransactWriteError, code: str) -> bool:
    return any(reason is not None and reason.code == code for reason in error.cancellation_reasons)
