"""The ST rules of history/SPEC.md, on a table of their own whose stream may be switched off and on."""

import base64
import logging
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import botocore.session
import pytest
from botocore.exceptions import ClientError

from config.engines import DynamoDBLocal
from history.stream import Position, Shard, ShardKey, StreamClient, StreamReader, StreamRecord, readable_shards

OLDEST_IMAGINABLE = "0" * 21


class Table:
    def __init__(self, name: str, endpoint: str, region: str) -> None:
        self.name = name
        self.client = botocore.session.get_session().create_client(
            "dynamodb", region_name=region, endpoint_url=endpoint
        )
        self.client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("PK", "SK")],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )

    def put(self, *sort_keys: str) -> None:
        for key in sort_keys:
            self.client.put_item(TableName=self.name, Item={"PK": {"S": "p"}, "SK": {"S": key}})

    def stream(self, *, on: bool) -> None:
        wanted = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"} if on else {"StreamEnabled": False}
        self.client.update_table(TableName=self.name, StreamSpecification=wanted)
        time.sleep(0.05)  # streams are named by the millisecond of their start


@pytest.fixture
def own_table(settings) -> Iterator[Table]:
    settings.DYNAMODB_TABLE = f"stream-{uuid.uuid4().hex}"
    table = Table(settings.DYNAMODB_TABLE, settings.DYNAMODB_ENDPOINT_URL, settings.AWS_REGION)
    yield table
    table.client.delete_table(TableName=table.name)


def opened(positions=None, streams=None) -> StreamReader:
    reader = StreamReader(streams or StreamClient(), positions or {})
    reader.discover()
    return reader


def read_all(reader: StreamReader) -> list[str]:
    keys = []
    while True:
        batches = [batch for key in reader.readable() if (batch := reader.read(key)) is not None]
        for batch in batches:
            reader.advance(batch)
            keys += [record.sk for record in batch.records]
        if not any(batch.records or batch.position.finished for batch in batches):
            return keys


def records_of(reader: StreamReader, key: ShardKey) -> tuple[StreamRecord, ...]:
    batch = reader.read(key)
    assert batch is not None
    return batch.records


def shard(name: str, parent: str | None = None) -> Shard:
    return Shard(ShardKey("s", name), ShardKey("s", parent) if parent else None)


def test_st1_children_wait_until_their_parent_is_finished():
    family = [shard("child-1", "parent"), shard("child-2", "parent"), shard("parent")]
    parent, one, two = family[2].key, family[0].key, family[1].key
    assert readable_shards(family, {}) == [parent]
    assert readable_shards(family, {parent: Position("5", "e5")}) == [parent]
    assert readable_shards(family, {parent: Position("5", "e5", finished=True)}) == [one, two]
    assert readable_shards(family, {key: Position(finished=True) for key in (parent, one)}) == [two]


def test_st1_a_shard_whose_parent_is_no_longer_kept_is_read():
    assert readable_shards([shard("child", "long gone")], {}) == [ShardKey("s", "child")]


def test_st2_a_new_shard_is_read_from_its_oldest_record(own_table):
    own_table.put("a", "b", "c")
    assert read_all(opened()) == ["a", "b", "c"]


def test_st3_reading_goes_on_behind_the_position(own_table):
    own_table.put("a", "b")
    first = opened()
    read_all(first)
    own_table.put("c")
    assert read_all(opened(first._positions)) == ["c"]


def test_st4_a_batch_that_is_not_advanced_is_read_again(own_table):
    own_table.put("a", "b")
    reader = opened()
    [key] = reader.readable()
    assert records_of(reader, key) == records_of(reader, key) != ()


def test_st5_an_expired_iterator_is_opened_again_at_the_position(own_table):
    own_table.put("a")
    reader = opened()
    read_all(reader)
    own_table.put("b")
    [(key, iterator)] = reader._iterators.items()
    # What DynamoDB Local hands out names the moment in its last field; an hour earlier it has expired.
    stream_and_version, _, sealed = iterator.rpartition("|")
    name, place, moment = base64.b64decode(sealed).decode().split("|")
    aged = f"{name}|{place}|{int(moment) - 3_600_000:0{len(moment)}d}"
    reader._iterators[key] = f"{stream_and_version}|{base64.b64encode(aged.encode()).decode()}"
    with pytest.raises(ClientError, match="ExpiredIterator"):
        StreamClient().records(reader._iterators[key])
    assert read_all(reader) == ["b"]


def test_st6_a_position_that_was_trimmed_reads_what_is_left_and_warns(own_table, caplog):
    own_table.put("a", "b")
    [key] = opened().readable()
    with caplog.at_level(logging.WARNING):
        assert read_all(opened({key: Position(OLDEST_IMAGINABLE, "gone")})) == ["a", "b"]
    assert "is no longer in shard" in caplog.text


def test_st6_a_position_whose_number_another_record_bears_now_reads_what_is_left(own_table):
    own_table.put("a", "b", "c")
    reader = opened()
    [key] = reader.readable()
    read_all(reader)
    position = reader._positions[key]
    assert read_all(opened({key: position})) == []
    assert read_all(opened({key: replace(position, event="another")})) == ["a", "b", "c"]


@pytest.mark.faults
def test_st6_a_stream_that_numbers_anew_after_all_its_records_expired_is_read(settings, tmp_path):
    """What happens to DynamoDB Local that was left alone for two days; its files are made to look that old."""
    with DynamoDBLocal(tmp_path / "dynamodb") as dynamodb:
        settings.DYNAMODB_ENDPOINT_URL, settings.DYNAMODB_TABLE = dynamodb.url, "aged"
        table = Table("aged", dynamodb.url, settings.AWS_REGION)
        table.put("a", "b", "c")
        reader = opened()
        assert read_all(reader) == ["a", "b", "c"]
        dynamodb.stop()
        with closing(sqlite3.connect(dynamodb.folder / "shared-local-instance.db")) as files:
            for kind in ("us", "ss"):  # records and shards
                files.execute(f"UPDATE {kind} SET CreationDateTime = CreationDateTime - 2 * 86400000")
            files.commit()
        dynamodb.restart()
        table.put("d")
        [position] = reader._positions.values()
        fresh = opened()
        read_all(fresh)
        [renumbered] = fresh._positions.values()
        assert str(renumbered.after) < str(position.after)  # otherwise this test has lost its subject
        assert read_all(opened(reader._positions)) == ["d"]


def test_st7_a_stream_that_was_switched_off_is_read_to_its_end_beside_the_new_one(own_table):
    own_table.put("a")
    reader = opened()
    read_all(reader)
    own_table.put("b")
    own_table.stream(on=False)
    own_table.stream(on=True)
    own_table.put("c")
    reader.discover()
    assert sorted(read_all(reader)) == ["b", "c"]
    assert sorted(position.finished for position in reader._positions.values()) == [False, True]


def test_st8_all_pages_of_the_listing_are_read(own_table):
    for key in ("a", "b", "c"):
        own_table.put(key)
        own_table.stream(on=False)
        own_table.stream(on=True)
    assert sorted(read_all(opened(streams=StreamClient(page=1)))) == ["a", "b", "c"]


def test_st9_a_shard_that_is_gone_reads_as_none_and_its_position_is_forgotten(own_table):
    [key] = opened().readable()
    gone = replace(key, shard="shardId-00000000000000000000-00000000")
    reader = StreamReader(StreamClient(), {gone: Position("1" * 21, "gone")})
    assert reader.read(gone) is None
    assert reader.discover() == [gone]


def test_st10_a_removed_item_has_no_image(own_table):
    own_table.put("a")
    own_table.client.delete_item(TableName=own_table.name, Key={"PK": {"S": "p"}, "SK": {"S": "a"}})
    reader = opened()
    records = records_of(reader, reader.readable()[0])
    assert [(record.sk, record.image is None) for record in records] == [("a", False), ("a", True)]
