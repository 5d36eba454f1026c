"""A MongoDB database of its own for each test, and a worker that starts at what is then the end of the stream."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import botocore.session
import mongoengine
import msgspec
import pytest

from canvasapp.commits import GENESIS, Commit, Sealed, pack, seal
from canvasapp.items import canvas_key, commit_key
from canvasapp.log import Appended, append
from canvasapp.services import canvas_create
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move
from history import archive, recording
from history.documents import ALIAS, CommitArchive, StreamPosition, create_indexes, open_archive
from history.log import commits_between
from history.projection import project_items
from history.stream import Position, ShardKey, StreamClient, StreamReader
from history.worker import Worker
from projects.items import Project
from projects.services import project_create


def place_at(positions: Mapping[ShardKey, Position]) -> None:
    """What the next worker finds, whoever wrote it."""
    for key, position in positions.items():
        StreamPosition.objects(stream=key.stream, shard=key.shard).update_one(
            upsert=True,
            set__after=position.after,
            set__event=position.event,
            set__finished=position.finished,
            set__updated_at=datetime.now(UTC),
        )


def read_to_end(reader: StreamReader) -> None:
    while True:
        reader.discover()
        batches = [batch for key in reader.readable() if (batch := reader.read(key))]
        for batch in batches:
            reader.advance(batch)
        if not any(batch.records or batch.position.finished for batch in batches):
            return


@pytest.fixture(scope="session")
def tail(table: None) -> StreamReader:
    """Stays at the end of the stream, which all tests of the repository share."""
    return StreamReader(StreamClient(), {})


@pytest.fixture(scope="session")
def database() -> str:
    return f"history-{uuid.uuid4().hex}"


@pytest.fixture
def mongo(settings, database: str) -> Iterator[None]:
    """An empty database. Its indexes outlive a test: making them takes longer than most tests."""
    address = urlsplit(settings.MONGODB_URI)
    settings.MONGODB_URI = urlunsplit(address._replace(path=f"/{database}"))
    open_archive()
    create_indexes()
    yield
    kept = mongoengine.connection.get_db(ALIAS)
    for name in kept.list_collection_names():
        kept[name].delete_many({})
    mongoengine.disconnect(ALIAS)


@pytest.fixture
def keep_place(mongo, tail: StreamReader) -> Callable[[], None]:
    """Makes the stream's present end the place where the next worker starts."""

    def keep() -> None:
        StreamPosition.objects.delete()
        read_to_end(tail)
        place_at(tail._positions)

    return keep


@pytest.fixture
def worker(keep_place) -> Worker:
    keep_place()
    return Worker()


@pytest.fixture
def canvas() -> str:
    return uuid.uuid4().hex


class Author:
    """Appends to a canvas's log as the room does, one chained commit after the other."""

    def __init__(self, canvas: str) -> None:
        self.canvas = canvas
        self.sealed: list[Sealed] = []

    def commit(self, count: int = 1, versions: dict[str, int] | None = None, at: str | None = None) -> None:
        for _ in range(count):
            seq = len(self.sealed) + 1
            commit = Commit(
                canvas=self.canvas,
                seq=seq,
                id=uuid.uuid4().hex,
                at=at or f"2026-01-02T03:04:05.{seq:06d}Z",
                entries=[],
                versions=versions or {},
            )
            sealed = seal(commit, self.sealed[-1].hash if self.sealed else GENESIS)
            assert append(sealed) is Appended.DURABLE
            self.sealed.append(sealed)


@pytest.fixture
def author(table: None, canvas: str) -> Author:
    return Author(canvas)


@pytest.fixture
def put_raw(settings, table):
    """Writes items past the log, as no code of ours does."""
    client = botocore.session.get_session().create_client(
        "dynamodb", region_name=settings.AWS_REGION, endpoint_url=settings.DYNAMODB_ENDPOINT_URL
    )

    def put(canvas: str, seq: int, /, **changes) -> None:
        commit = Commit(canvas=canvas, seq=seq, id="i", at="2026-01-02T03:04:05Z", entries=[], versions={})
        item = {
            "PK": {"S": canvas_key(canvas)},
            "SK": {"S": commit_key(seq)},
            "kind": {"S": "commit"},
            "seq": {"N": str(seq)},
            "commit_id": {"S": uuid.uuid4().hex},
            "at": {"S": "2026-01-02T03:04:05Z"},
            "hash": {"S": "ab" * 32},
            "format": {"N": "1"},
            "parts": {"N": "1"},
            "body": {"B": pack(msgspec.json.encode(commit))},
        } | changes
        client.put_item(
            TableName=settings.DYNAMODB_TABLE, Item={name: value for name, value in item.items() if value is not None}
        )

    return put


class Canvas:
    """A canvas whose commits go to the log and, when asked, to the archive."""

    def __init__(self, canvas_id: str) -> None:
        self.id = canvas_id
        self.state = CanvasState(canvas_id)

    def commit(self, *intents, at: str = "2026-01-02T03:04:05.000Z") -> None:
        draft = Draft(self.state, uuid.uuid4().hex, at)
        for intent in intents:
            draft.add(intent)
        sealed = draft.seal()
        append(sealed)
        self.state.adopt(draft, sealed)

    def archive(self) -> None:
        first = archive.archived_head(self.id) + 1
        archive.store([project_items(items) for _, items in commits_between(self.id, first, self.state.seq)])

    def is_archived(self) -> bool:
        return archive.archived_head(self.id) == self.state.seq

    def record(self) -> None:
        self.archive()
        recording.catch_up(self.id)

    def drag(self, element: str, steps: int, gesture: str, user: str = "ada") -> None:
        for step in range(1, steps + 1):
            self.commit(
                build_intent(move(element, step), client=f"{user}-tab", user=user, number=step, gesture=gesture)
            )


@pytest.fixture
def project(table: None, alice) -> Project:
    return project_create(name="Past", created_by=alice)


@pytest.fixture
def board(project: Project, mongo: None, alice) -> Canvas:
    """A canvas of Alice's project, with a head record; `canvas` is but an id."""
    return Canvas(canvas_create(project_id=project.id, name="Board", created_by=alice))


def drain(worker: Worker) -> None:
    """Rounds until the stream has nothing more; a shard may answer once with nothing although more is there."""
    idle = 0
    while idle < 2:
        idle = 0 if worker.ingest_round() else idle + 1
    worker.hand_back()


def archived_seqs(canvas: str) -> list[int]:
    return [kept.seq for kept in CommitArchive.objects(canvas=canvas).order_by("id")]
