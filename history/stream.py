"""Reads every shard of the table's DynamoDB streams, parents before children. Keeps positions in memory only: whoever
applies a batch makes its position durable first, then calls `advance`; a batch that is not advanced is read again.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings

from history.projection import Image

logger = logging.getLogger(__name__)

RECORDS_PER_READ = 1000  # the most that GetRecords gives
# An iterator lives 15 minutes; DynamoDB Local calls one that it no longer knows invalid.
_REOPEN = {"ExpiredIteratorException", "TrimmedDataAccessException", "ValidationException"}
# A position older than the 24 hours that a stream keeps; DynamoDB Local calls it invalid.
_TRIMMED = {"TrimmedDataAccessException", "ValidationException"}
_PAGES_TO_POSITION = 5  # GetRecords may answer with an empty page although records follow
_GONE = "ResourceNotFoundException"
_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


@dataclass(frozen=True, slots=True)
class ShardKey:
    stream: str
    shard: str


@dataclass(frozen=True, slots=True)
class Shard:
    key: ShardKey
    parent: ShardKey | None


@dataclass(frozen=True, slots=True)
class Position:
    """How far a shard was read. DynamoDB Local begins to number anew once a restart found all its records expired, so
    a sequence number counts only while the record that bears it is the one that was read."""

    after: str | None = None  # None: from the oldest record that is kept
    event: str | None = None  # the id of the record numbered `after`
    finished: bool = False  # closed and read to its end


@dataclass(frozen=True, slots=True)
class StreamRecord:
    pk: str
    sk: str
    image: Image | None  # None: the item was removed


@dataclass(frozen=True, slots=True)
class Batch:
    key: ShardKey
    records: tuple[StreamRecord, ...]
    position: Position  # where the shard stands once this batch is done
    iterator: str | None


class StreamClient:
    """The four calls, with their pages joined. botocore directly, because PynamoDB knows no streams."""

    def __init__(self, page: int = 100) -> None:
        self._page = page
        self._client = botocore.session.get_session().create_client(
            "dynamodbstreams",
            region_name=settings.AWS_REGION,
            endpoint_url=settings.DYNAMODB_ENDPOINT_URL,
            config=_CONFIG,
        )

    def shards(self) -> list[Shard]:
        """Shards of all the table's streams: one that was switched off stays readable for a day."""
        return [shard for stream in self._streams() for shard in self._shards_of(stream)]

    def iterator(self, key: ShardKey, at: str | None) -> str:
        """Opens the shard at the record numbered `at`, at its oldest one when None."""
        start = (
            {"ShardIteratorType": "TRIM_HORIZON"}
            if at is None
            else {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": at}
        )
        answer = self._client.get_shard_iterator(StreamArn=key.stream, ShardId=key.shard, **start)
        return str(answer["ShardIterator"])

    def records(self, iterator: str) -> tuple[list[dict[str, Any]], str | None]:
        answer = self._client.get_records(ShardIterator=iterator, Limit=RECORDS_PER_READ)
        return answer["Records"], answer.get("NextShardIterator")

    def _streams(self) -> Iterable[str]:
        page: dict[str, str] = {}
        while True:
            answer = self._client.list_streams(TableName=settings.DYNAMODB_TABLE, Limit=self._page, **page)
            yield from (found["StreamArn"] for found in answer["Streams"])
            if not answer.get("LastEvaluatedStreamArn"):
                return
            page = {"ExclusiveStartStreamArn": answer["LastEvaluatedStreamArn"]}

    def _shards_of(self, stream: str) -> Iterable[Shard]:
        page: dict[str, str] = {}
        while True:
            answer = self._client.describe_stream(StreamArn=stream, Limit=self._page, **page)["StreamDescription"]
            for found in answer["Shards"]:
                parent = found.get("ParentShardId")
                yield Shard(ShardKey(stream, found["ShardId"]), ShardKey(stream, parent) if parent else None)
            if not answer.get("LastEvaluatedShardId"):
                return
            page = {"ExclusiveStartShardId": answer["LastEvaluatedShardId"]}


def readable_shards(shards: Iterable[Shard], positions: Mapping[ShardKey, Position]) -> list[ShardKey]:
    """Shards not yet finished whose parent is finished, or no longer kept by the stream."""
    listed = {shard.key: shard for shard in shards}
    done = {key for key in listed if (position := positions.get(key)) is not None and position.finished}
    return [
        key
        for key, shard in listed.items()
        if key not in done and (shard.parent is None or shard.parent not in listed or shard.parent in done)
    ]


class StreamReader:
    def __init__(self, streams: StreamClient, positions: Mapping[ShardKey, Position]) -> None:
        self._streams = streams
        self._positions = dict(positions)
        self._iterators: dict[ShardKey, str] = {}
        self._shards: list[Shard] = []

    def adopt(self, positions: Mapping[ShardKey, Position]) -> bool:
        """Other workers may have read on: their positions replace what this one knows. True when one has finished a
        shard, so that others can be read now."""
        moved = {key for key, position in positions.items() if position != self._positions.get(key)}
        self._iterators = {key: iterator for key, iterator in self._iterators.items() if key not in moved}
        self._positions = dict(positions)
        return any(positions[key].finished for key in moved)

    def discover(self) -> list[ShardKey]:
        """List the shards anew; returns the positions that belong to none of them any more, and forgets them."""
        self._shards = self._streams.shards()
        listed = {shard.key for shard in self._shards}
        stale = [key for key in self._positions if key not in listed]
        for key in stale:
            del self._positions[key]
        self._iterators = {key: iterator for key, iterator in self._iterators.items() if key in listed}
        return stale

    def readable(self) -> list[ShardKey]:
        return readable_shards(self._shards, self._positions)

    def read(self, key: ShardKey) -> Batch | None:
        """The shard's next records, perhaps none yet; None when it is gone and the shards must be listed anew."""
        try:
            records, iterator = self._records(key)
        except ClientError as error:
            if _code(error) == _GONE:
                return None
            raise
        before = self._positions.get(key, Position())
        after, event = before.after, before.event
        if records:
            after, event = records[-1]["dynamodb"]["SequenceNumber"], records[-1]["eventID"]
        return Batch(key, tuple(map(_record, records)), Position(after, event, finished=iterator is None), iterator)

    def advance(self, batch: Batch) -> None:
        self._positions[batch.key] = batch.position
        if batch.iterator is not None:
            self._iterators[batch.key] = batch.iterator

    def _records(self, key: ShardKey) -> tuple[list[dict[str, Any]], str | None]:
        held = self._iterators.pop(key, None)
        if held is not None:
            try:
                return self._streams.records(held)
            except ClientError as error:
                if _code(error) not in _REOPEN:
                    raise
        position = self._positions.get(key, Position())
        if position.after is not None:
            found = self._behind(key, position.after, position.event)
            if found is not None:
                return found
            logger.warning(
                "position %s is no longer in shard %s; reading all that is left. Commits in between are filled from "
                "the log when their canvas changes next.",
                position.after,
                key.shard,
            )
        return self._streams.records(self._streams.iterator(key, None))

    def _behind(self, key: ShardKey, after: str, event: str | None) -> tuple[list[dict[str, Any]], str | None] | None:
        """What follows that record; None when it is not there."""
        try:
            iterator: str | None = self._streams.iterator(key, after)
            for _ in range(_PAGES_TO_POSITION):
                if iterator is None:
                    break
                records, iterator = self._streams.records(iterator)
                if records:
                    return (records[1:], iterator) if records[0]["eventID"] == event else None
        except ClientError as error:
            if _code(error) not in _TRIMMED:
                raise
        return None


def _record(raw: Mapping[str, Any]) -> StreamRecord:
    change = raw["dynamodb"]
    return StreamRecord(change["Keys"]["PK"]["S"], change["Keys"]["SK"]["S"], change.get("NewImage"))


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
