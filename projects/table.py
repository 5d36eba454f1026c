"""The single DynamoDB table: its keys, its index, its stream, and the base of every item in it.

Access patterns and key forms are listed in docs/data-model.md; a new one is a row there first.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE, STREAM_NEW_AND_OLD_IMAGE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class GSI1(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The one index: whatever is looked up by something other than its partition."""

    class Meta:
        index_name = "GSI1"
        projection = AllProjection()

    gsi1pk = UnicodeAttribute(hash_key=True, attr_name="GSI1PK")
    gsi1sk = UnicodeAttribute(range_key=True, attr_name="GSI1SK")


class TableItem(Model):
    """An item of the table; subclasses name their `kind` as discriminator and build their own keys."""

    class Meta:
        table_name = settings.DYNAMODB_TABLE
        region = settings.AWS_REGION
        host = settings.DYNAMODB_ENDPOINT_URL
        billing_mode = PAY_PER_REQUEST_BILLING_MODE
        stream_view_type = STREAM_NEW_AND_OLD_IMAGE
        connect_timeout_seconds = 2
        read_timeout_seconds = 5
        max_retry_attempts = 2
        base_backoff_ms = 50
        max_pool_connections = 64

    pk = UnicodeAttribute(hash_key=True, attr_name="PK")
    sk = UnicodeAttribute(range_key=True, attr_name="SK")
    kind = DiscriminatorAttribute()
    gsi1pk = UnicodeAttribute(null=True, attr_name="GSI1PK")
    gsi1sk = UnicodeAttribute(null=True, attr_name="GSI1SK")
    expires_at = TTLAttribute(null=True)
    gsi1 = GSI1()

    # What the index's keys derive from beside the item's own key; by attribute name.
    index_sources: tuple[str, ...] = ()

    def index_keys(self) -> tuple[str, str] | None:
        """Where the item stands in the index, by what else it says; None: nowhere. backfill_index goes by it."""
        return None


P = ParamSpec("P")
T = TypeVar("T")
# PynamoDB blocks; every call from a coroutine goes through these threads, so their number bounds what is under way.
_threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="dynamodb")


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a blocking call to the table off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: function(*args, **kwargs))
