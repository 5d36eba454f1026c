"""The projection as an AWS Lambda function on the table's stream, in place of `manage.py project`: the handler is
`history.lambda_handler.handler`. Lambda keeps positions and shares the shards; effects are those of the worker.
"""

import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from history.documents import STORE_AWAY, create_indexes, open_archive
from history.ingest import Ingest, sort_out
from history.lag import Lag
from history.projection import from_wire
from history.stream import StreamRecord

logger = logging.getLogger(__name__)

SHARD = "Lambda's"
RECORDS_AT_ONCE = 100  # of a batch that fails at its end, so much is done twice


def handler(event: Mapping[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """A partial batch response: Lambda comes again with the records from the one that it names, none if all is done.

    Poison is parked, which is done with; only a store that is away is a failure.
    """
    ingest, lag, records = Ingest(), Lag(), event["Records"]
    failed: list[dict[str, str]] = []
    for start in range(0, len(records), RECORDS_AT_ONCE):
        batch = records[start : start + RECORDS_AT_ONCE]
        findings = sort_out(map(_record, batch))
        lag.note(SHARD, findings.oldest)
        try:
            _prepare()
            ingest.apply(findings)
        except STORE_AWAY as error:
            first = str(batch[0]["dynamodb"]["SequenceNumber"])
            logger.warning("a store is away; again from record %s: %s", first, error)
            failed = [{"itemIdentifier": first}]
            break
        lag.note(SHARD, findings.newest)
    lag.publish(lasting=True)
    logger.info("history: %d records: %s", len(records), ingest.counts)
    return {"batchItemFailures": failed}


@cache
def _prepare() -> None:
    """Once in each of Lambda's processes."""
    open_archive()
    create_indexes()


def _record(raw: Mapping[str, Any]) -> StreamRecord:
    change = raw["dynamodb"]
    image = change.get("NewImage")
    if image is not None:
        image = {name: from_wire(value) for name, value in image.items()}
    return StreamRecord(change["Keys"]["PK"]["S"], change["Keys"]["SK"]["S"], image)
