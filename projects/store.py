"""Translates what the DynamoDB driver raises into our own errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.exceptions import PynamoDBException

from projects.exceptions import Unavailable

# The store answered, and its answer is "no": that is for the caller to interpret.
_ANSWERS = {"ConditionalCheckFailedException", "TransactionCanceledException"}


@contextmanager
def reaching_dynamodb() -> Iterator[None]:
    try:
        yield
    except PynamoDBException as error:
        if (error.cause_response_code is None and error.cause is None) or error.cause_response_code in _ANSWERS:
            raise
        raise Unavailable from error
