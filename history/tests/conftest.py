"""A MongoDB database of its own for each test, and a worker that starts at what is then the end of the stream."""

import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import mongoengine
import pytest

from canvasapp.commits import GENESIS, Commit, Sealed, seal
from canvasapp.log import Appended, append
from history import archive
from history.documents import ALIAS, CommitArchive, create_indexes, open_archive
from history.stream import StreamClient, StreamReader
from history.worker import Worker


def read_to_end(reader: StreamReader) -> None:
    while True:
        reader.discover()
        batches = [batch for key in reader.readable() if (batch := reader.read(key))]
        for batch in batches:
            reader.advance(batch)
            archive.save_position(batch.key, batch.position)
        if not any(batch.records or batch.position.finished for batch in batches):
            return


@pytest.fixture(scope="session")
def tail(table: None) -> StreamReader:
    """Stays at the end of the stream, which all tests of the repository share."""
    return StreamReader(StreamClient(), {})


@pytest.fixture
def mongo(settings) -> Iterator[None]:
    address = urlsplit(settings.MONGODB_URI)
    settings.MONGODB_URI = urlunsplit(address._replace(path=f"/history-{uuid.uuid4().hex}"))
    open_archive()
    create_indexes()
    yield
    mongoengine.connection.get_connection(ALIAS).drop_database(CommitArchive._get_db().name)
    mongoengine.disconnect(ALIAS)


@pytest.fixture
def keep_place(mongo, tail: StreamReader) -> Callable[[], None]:
    """Makes the stream's present end the place where the next worker starts."""

    def keep() -> None:
        archive.forget_positions(archive.load_positions())
        read_to_end(tail)
        for key, position in tail._positions.items():
            archive.save_position(key, position)

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


def drain(worker: Worker) -> None:
    """Rounds until the stream has nothing more; a shard may answer once with nothing although more is there."""
    idle = 0
    while idle < 2:
        idle = 0 if worker.ingest_round() else idle + 1


def archived_seqs(canvas: str) -> list[int]:
    return [kept.seq for kept in CommitArchive.objects(canvas=canvas).order_by("id")]
