"""Makes the DynamoDB table what projects/table.py says it is. Safe to run at every start."""

import time
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from projects.table import GSI1, TableItem

STREAM = {"StreamEnabled": True, "StreamViewType": TableItem.Meta.stream_view_type}
TTL_ATTRIBUTE = "expires_at"
KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
WAIT_SECONDS = 300  # an index added to a table with data is filled first


class Command(BaseCommand):
    help = "Creates the DynamoDB table with its index, stream and TTL, or adds what an existing table lacks."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        self.table = TableItem.Meta.table_name
        self.client = botocore.session.get_session().create_client(
            "dynamodb",
            region_name=settings.AWS_REGION,
            endpoint_url=settings.DYNAMODB_ENDPOINT_URL,
            config=Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 4, "mode": "standard"}),
        )
        try:
            done = self.ensure()
        except (BotoCoreError, ClientError) as problem:
            where = settings.DYNAMODB_ENDPOINT_URL or f"AWS {settings.AWS_REGION}"
            raise CommandError(f"DynamoDB at {where} refused or did not answer: {problem}") from problem
        self.stdout.write(f"Table {self.table}: {', '.join(done) or 'nothing to do'}.")

    def ensure(self) -> list[str]:
        found = self.describe()
        if found is None:
            TableItem.create_table(wait=True)
            return ["created with index, stream and TTL"]
        if found["KeySchema"] != KEYS:
            raise CommandError(f"Table {self.table} has other keys than PK and SK: name another in DYNAMODB_TABLE.")
        done = []
        if GSI1.Meta.index_name not in {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", [])}:
            self.add_index()
            done.append("index added")
        stream = found.get("StreamSpecification", {})
        if not stream.get("StreamEnabled"):
            self.client.update_table(TableName=self.table, StreamSpecification=STREAM)
            self.wait_until_active()
            done.append("stream switched on")
        elif stream["StreamViewType"] != STREAM["StreamViewType"]:
            raise CommandError(f"The stream of {self.table} lacks new and old images: disable it, then run this again.")
        ttl = self.client.describe_time_to_live(TableName=self.table)["TimeToLiveDescription"]
        if ttl["TimeToLiveStatus"] in {"DISABLED", "DISABLING"}:
            specification = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
            self.client.update_time_to_live(TableName=self.table, TimeToLiveSpecification=specification)
            done.append("TTL switched on")
        return done

    def describe(self) -> dict[str, Any] | None:
        try:
            table: dict[str, Any] = self.client.describe_table(TableName=self.table)["Table"]
        except self.client.exceptions.ResourceNotFoundException:
            return None
        return table

    def add_index(self) -> None:
        names = ("GSI1PK", "GSI1SK")
        index = {
            "IndexName": GSI1.Meta.index_name,
            "KeySchema": [{"AttributeName": n, "KeyType": k} for n, k in zip(names, ("HASH", "RANGE"), strict=True)],
            "Projection": {"ProjectionType": "ALL"},
        }
        self.client.update_table(
            TableName=self.table,
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("PK", "SK", *names)],
            GlobalSecondaryIndexUpdates=[{"Create": index}],
        )
        self.wait_until_active()

    def wait_until_active(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            table = self.describe() or {}
            states = [table.get("TableStatus"), *(i["IndexStatus"] for i in table.get("GlobalSecondaryIndexes", []))]
            if set(states) == {"ACTIVE"}:
                return
            time.sleep(0.2)
        raise CommandError(f"Table {self.table} was not active after {WAIT_SECONDS} s.")
