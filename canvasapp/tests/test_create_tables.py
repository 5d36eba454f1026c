"""create_tables against DynamoDB Local: from nothing, again, and on a table that lacks parts."""

from io import StringIO
from typing import Any
from uuid import uuid4

import botocore.session
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from projects.table import TableItem

KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]


@pytest.fixture
def dynamodb() -> Any:
    return botocore.session.get_session().create_client(
        "dynamodb", region_name=settings.AWS_REGION, endpoint_url=settings.DYNAMODB_ENDPOINT_URL
    )


@pytest.fixture
def other_table(monkeypatch, dynamodb):
    """A name of our own, so that the session's table stays as it is."""
    name = f"test-{uuid4().hex}"
    monkeypatch.setattr(TableItem.Meta, "table_name", name)
    monkeypatch.setattr(TableItem, "_connection", None)
    yield name
    dynamodb.delete_table(TableName=name)


def create_tables() -> str:
    out = StringIO()
    call_command("create_tables", stdout=out)
    return out.getvalue()


def bare_table(dynamodb, name, keys=KEYS):
    attributes = [{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in keys]
    dynamodb.create_table(
        TableName=name, KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )


def assert_complete(dynamodb, name):
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == KEYS
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    (index,) = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]) == ("GSI1", {"ProjectionType": "ALL"})
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")


def test_it_creates_the_table_with_index_stream_and_ttl(dynamodb, other_table):
    assert "created" in create_tables()
    assert_complete(dynamodb, other_table)


def test_a_second_run_changes_nothing(dynamodb, other_table):
    create_tables()
    assert "nothing to do" in create_tables()
    assert_complete(dynamodb, other_table)


def test_it_adds_what_an_existing_table_lacks(dynamodb, other_table):
    bare_table(dynamodb, other_table)
    assert create_tables().endswith("index added, stream switched on, TTL switched on.\n")
    assert_complete(dynamodb, other_table)


def test_it_refuses_a_table_with_other_keys(dynamodb, other_table):
    bare_table(dynamodb, other_table, keys=[{"AttributeName": "id", "KeyType": "HASH"}])
    with pytest.raises(CommandError, match="has other keys"):
        create_tables()
