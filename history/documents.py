"""What history keeps in MongoDB, and the one place that opens the connection to it."""

import mongoengine
from django.conf import settings
from mongoengine import BinaryField, BooleanField, DateTimeField, Document, IntField, LongField, StringField

ALIAS = "history"


def open_archive() -> None:
    """Register the connection; nothing is sent before the first query. Safe to call again.

    Timeouts are short, so that a worker whose MongoDB is away still answers SIGTERM; writes wait for the majority,
    because a position may only be written after effects that survive a failover.
    """
    if ALIAS not in mongoengine.connection._connection_settings:
        mongoengine.register_connection(
            ALIAS,
            host=settings.MONGODB_URI,
            uuidRepresentation="standard",
            tz_aware=True,
            w="majority",
            connectTimeoutMS=2000,
            serverSelectionTimeoutMS=2000,
            socketTimeoutMS=20_000,
        )


def create_indexes() -> None:
    for document in (CommitArchive, StreamPosition, ParkedRecord):
        document.ensure_indexes()


class CommitArchive(Document):
    """One commit of the log, byte for byte. `body` joins the bodies of all its items, `part_sizes` tells them apart."""

    canvas = StringField(required=True)
    seq = LongField(required=True)
    commit_id = StringField(required=True)
    at = StringField(required=True)
    time = DateTimeField(required=True)
    hash = StringField(required=True)
    format = IntField(required=True)
    body = BinaryField(required=True)
    part_sizes = mongoengine.ListField(IntField())
    fingerprint = StringField(required=True)

    meta = {
        "db_alias": ALIAS,
        "collection": "commit_archive",
        "auto_create_index": False,
        "indexes": [{"fields": ["canvas", "seq"], "unique": True}],
    }


class StreamPosition(Document):
    stream = StringField(required=True)
    shard = StringField(required=True)
    after = StringField()
    event = StringField()
    finished = BooleanField(required=True)
    updated_at = DateTimeField(required=True)

    meta = {
        "db_alias": ALIAS,
        "collection": "stream_positions",
        "auto_create_index": False,
        "indexes": [{"fields": ["stream", "shard"], "unique": True}],
    }


class ParkedRecord(Document):
    """A record that could not be archived. `raw` is its items as DynamoDB's JSON, `count` how often it was met."""

    item_pk = StringField(required=True)
    item_sk = StringField(required=True)
    error = StringField(required=True)
    raw = StringField(required=True)
    count = IntField(required=True)
    first_at = DateTimeField(required=True)
    last_at = DateTimeField(required=True)

    meta = {
        "db_alias": ALIAS,
        "collection": "parked_records",
        "auto_create_index": False,
        "indexes": [{"fields": ["item_pk", "item_sk"], "unique": True}],
    }
