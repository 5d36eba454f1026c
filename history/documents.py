"""What history keeps in MongoDB, and the one place that opens the connection to it."""

from collections.abc import Collection

import mongoengine
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    FloatField,
    IntField,
    ListField,
    LongField,
    StringField,
)
from mongoengine.errors import OperationError
from pymongo.errors import OperationFailure, PyMongoError

from canvasapp.exceptions import Unavailable

ALIAS = "history"
_INDEX_NOT_FOUND = 27
# Names of indexes of change records that older versions made: the same as today's, and narrower ones.
_RENAMED = frozenset(
    {
        "project_1_canvas_1_ended_at_-1__id_-1_user_1_element_type_1_action_1",
        "project_1_user_1_ended_at_-1__id_-1_canvas_1_element_type_1_action_1",
        "project_1_element_type_1_ended_at_-1__id_-1_canvas_1_user_1_action_1",
        "project_1_action_1_ended_at_-1__id_-1_canvas_1_user_1_element_type_1",
    }
)
_OUTGROWN = frozenset(
    {
        "project_1_ended_at_-1__id_-1",
        "project_1_canvas_1_ended_at_-1__id_-1",
        "project_1_user_1_ended_at_-1__id_-1",
        "project_1_element_type_1_ended_at_-1__id_-1",
        "project_1_action_1_ended_at_-1__id_-1",
    }
)
# What one of the stores raises that does not answer, or not as it should.
STORE_AWAY = (PyMongoError, OperationError, BotoCoreError, ClientError, Unavailable)


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
    """Also brings an older version's database to these indexes. May be called by several processes at once.

    A large collection takes longer than the socket's timeout: MongoDB builds on, and the next call waits for the same.
    """
    _drop(_RENAMED)  # else the new name is refused
    for document in (
        CommitArchive,
        ChangeRecord,
        ElementKind,
        CanvasProgress,
        Snapshot,
        StreamPosition,
        StreamWorker,
        ParkedRecord,
    ):
        document.ensure_indexes()
    _drop(_OUTGROWN)  # after those that do their work now: lists go on


def _drop(outdated: Collection[str]) -> None:
    collection = ChangeRecord._get_collection()
    for name in collection.index_information().keys() & outdated:
        try:
            collection.drop_index(name)
        except OperationFailure as error:
            if error.code != _INDEX_NOT_FOUND:  # another process was faster
                raise


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
    part_sizes = ListField(IntField())
    fingerprint = StringField(required=True)

    meta = {
        "db_alias": ALIAS,
        "collection": "commit_archive",
        "auto_create_index": False,
        "indexes": [{"fields": ["canvas", "seq"], "unique": True}, {"fields": ["canvas", "time", "seq"]}],
    }


class ChangedValue(EmbeddedDocument):
    """A property over a change (history.changes.Value); `before` and `after` are JSON."""

    path = StringField(required=True)
    before = StringField()
    after = StringField()
    appended = IntField()
    shortened = BooleanField()


class ChangeRecord(Document):
    """One person's doing to one element within one gesture (history.changes.Change)."""

    project = StringField(required=True)
    canvas = StringField(required=True)
    key = StringField(required=True)
    element = StringField(required=True)
    element_type = StringField(required=True)
    family = StringField(required=True)
    action = StringField(required=True)
    user = StringField(required=True)
    client = StringField(required=True)
    gesture = StringField()
    first_seq = LongField(required=True)
    last_seq = LongField(required=True)
    begun_at = DateTimeField(required=True)
    ended_at = DateTimeField(required=True)
    values = EmbeddedDocumentListField(ChangedValue)

    # Newest first in each, with the id as the tie-break that pages go on from. A combination of filters reads the index
    # of its most telling one, and sees by the keys' last parts what else is asked for: records that don't match are not
    # fetched. Counting fetches none, for each index of a filter has the user.
    meta = {
        "db_alias": ALIAS,
        "collection": "change_records",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["canvas", "key", "element"], "unique": True},
            {"fields": ["project", "-ended_at", "-id", "user"]},
            {
                "fields": ["project", "canvas", "-ended_at", "-id", "user", "element_type", "action"],
                "name": "by_canvas",
            },
            {"fields": ["project", "user", "-ended_at", "-id", "canvas", "element_type", "action"], "name": "by_user"},
            {
                "fields": ["project", "element_type", "-ended_at", "-id", "canvas", "user", "action"],
                "name": "by_element_type",
            },
            {
                "fields": ["project", "action", "-ended_at", "-id", "canvas", "user", "element_type"],
                "name": "by_action",
            },
            {"fields": ["project", "element", "-ended_at", "-id"]},
        ],
    }


class ElementKind(Document):
    """The type of each element ever created: changes after its creation don't say it."""

    canvas = StringField(required=True)
    element = StringField(required=True)
    element_type = StringField(required=True)

    meta = {
        "db_alias": ALIAS,
        "collection": "element_kinds",
        "auto_create_index": False,
        "indexes": [{"fields": ["canvas", "element"], "unique": True}],
    }


class CanvasProgress(Document):
    """How far a canvas's archive has become change records: all commits up to `changes_seq`.

    `unsnapped_seq` is the last commit after which no snapshot could be made. Commits below `kept_from` were removed
    from the archive, because their project keeps its history for so long only. `late` are ranges of commits that were
    archived after later ones had been recorded, and are being recorded now.
    """

    canvas = StringField(required=True)
    project = StringField(required=True)
    changes_seq = LongField(required=True)
    unsnapped_seq = LongField()
    kept_from = LongField(default=0)
    late = ListField(ListField(LongField()))

    meta = {
        "db_alias": ALIAS,
        "collection": "canvas_progress",
        "auto_create_index": False,
        "indexes": [{"fields": ["canvas"], "unique": True}],
    }


class Snapshot(Document):
    """One part of a canvas's live elements after commit `seq`. The one numbered 0 is written last: without it, nothing
    counts. `body` is a piece of the packed JSON list; a document holds 16 MB."""

    canvas = StringField(required=True)
    seq = LongField(required=True)
    part = IntField(required=True)
    parts = IntField(required=True)
    format = IntField(required=True)
    at = StringField(required=True)
    time = DateTimeField(required=True)
    hash = StringField(required=True)
    body = BinaryField(required=True)

    meta = {
        "db_alias": ALIAS,
        "collection": "snapshots",
        "auto_create_index": False,
        "indexes": [{"fields": ["canvas", "part", "-seq"]}, {"fields": ["canvas", "seq", "part"], "unique": True}],
    }


class StreamPosition(Document):
    """How far a shard was read, and which worker reads it now (history.leases)."""

    stream = StringField(required=True)
    shard = StringField(required=True)
    after = StringField()
    event = StringField()
    finished = BooleanField(required=True)
    updated_at = DateTimeField(required=True)
    owner = StringField()
    expires_at = DateTimeField()

    meta = {
        "db_alias": ALIAS,
        "collection": "stream_positions",
        "auto_create_index": False,
        "indexes": [{"fields": ["stream", "shard"], "unique": True}],
    }


class StreamWorker(Document):
    """A worker that is alive until `expires_at`, and how far behind it is."""

    worker = StringField(primary_key=True)
    expires_at = DateTimeField(required=True)
    lag = FloatField()

    meta = {
        "db_alias": ALIAS,
        "collection": "stream_workers",
        "auto_create_index": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 3600}],
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
