"""The WO and LA rules of history/SPEC.md under faults: stores that go away and come back, signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pymongo
import pytest
import redis
from django.conf import settings

from canvasapp.testing import build_intent, rectangle
from config.engines import DynamoDBLocal, Mongod
from history.documents import ChangeRecord, CommitArchive, ParkedRecord, StreamPosition, StreamWorker
from history.lag import EXPIRES_SECONDS, LAG_KEY, Lag
from history.tests.conftest import archived_seqs, drain
from history.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@contextmanager
def running(worker: Worker):
    stopping = Event()
    thread = Thread(target=worker.run, args=[stopping])
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def published(settings):
    with closing(redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)) as store:
        store.delete(LAG_KEY)
        yield lambda: store.get(LAG_KEY)
        store.delete(LAG_KEY)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def now(ago: float = 0.0) -> str:
    return (datetime.now(UTC) - timedelta(seconds=ago)).isoformat()


@pytest.fixture
def own_mongod(settings, tmp_path) -> Iterator[Mongod]:
    with Mongod(tmp_path / "mongodb") as mongod:
        settings.MONGODB_URI = mongod.url
        yield mongod


@pytest.mark.faults
def test_wo3_mongodb_away_loses_nothing_and_the_lag_shows(own_mongod, worker, author, canvas, published):
    with running(worker):
        author.commit(5, at=now())
        wait_until(lambda: archived_seqs(canvas) == [1, 2, 3, 4, 5])
        own_mongod.kill()
        author.commit(20, at=now())
        wait_until(lambda: float(published() or 0) > 1)
        own_mongod.restart()
        wait_until(lambda: CommitArchive.objects(canvas=canvas).count() == 25)
        wait_until(lambda: published() == "0.000")
    assert archived_seqs(canvas) == list(range(1, 26))


@pytest.mark.faults
def test_wo4_dynamodb_away_loses_nothing_and_sigterm_ends_with_0(tmp_path, settings):
    """A worker process on stores of its own; it is started before the table is there."""
    with DynamoDBLocal(tmp_path / "dynamodb") as dynamodb, Mongod(tmp_path / "mongodb") as mongod:
        environment = dict(os.environ) | dynamodb.environment | mongod.environment | {"DYNAMODB_TABLE": "away"}
        log = tmp_path / "worker.log"

        def manage(command: str) -> list[str]:
            return [sys.executable, str(ROOT / "manage.py"), command]

        with log.open("wb") as output:
            process = subprocess.Popen(manage("project"), env=environment, stdout=output, stderr=output)
        client = botocore.session.get_session().create_client(
            "dynamodb",
            endpoint_url=dynamodb.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

        def write(first: int, last: int) -> None:
            for seq in range(first, last + 1):
                item = {
                    "PK": {"S": "CANVAS#c1"},
                    "SK": {"S": f"COMMIT#{seq:012d}"},
                    "kind": {"S": "commit"},
                    "seq": {"N": str(seq)},
                    "commit_id": {"S": f"id-{seq}"},
                    "at": {"S": now()},
                    "hash": {"S": "ab" * 32},
                    "format": {"N": "1"},
                    "parts": {"N": "1"},
                    "body": {"B": b"x"},
                }
                client.put_item(TableName="away", Item=item)

        try:
            time.sleep(1)
            subprocess.run(manage("create_tables"), env=environment, check=True, capture_output=True)
            mongo: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongod.url)
            with mongo:
                kept = mongo[urlsplit(mongod.url).path.strip("/")]["commit_archive"]
                write(1, 10)
                wait_until(lambda: kept.count_documents({}) == 10)
                dynamodb.kill()
                time.sleep(1)
                dynamodb.restart()
                write(11, 20)
                wait_until(lambda: kept.count_documents({}) == 20)
                assert [one["seq"] for one in kept.find().sort("_id")] == list(range(1, 21))
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()
            assert "20 commits archived" in log.read_text()
            assert "0 parked" in log.read_text()
        finally:
            process.kill()
            process.wait()


@pytest.mark.faults
def test_wo5_sigterm_ends_a_worker_that_waits_for_mongodb(settings):
    environment = dict(os.environ) | {"MONGODB_URI": f"mongodb://127.0.0.1:{free_port()}/canvas"}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "project"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "a store is away" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@contextmanager
def worker_process(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """On the stores of this test."""
    environment = dict(os.environ) | {"MONGODB_URI": settings.MONGODB_URI}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "project"], env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def holder() -> str | None:
    held = StreamPosition.objects(owner__exists=True).first()
    return held.owner if held else None


@pytest.mark.faults
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_le5_the_second_worker_goes_on_when_the_first_one_ends(keep_place, board, tmp_path, ending):
    """Nothing is lost and nothing doubled, though the first may be killed with a batch in hand."""
    keep_place()
    board.commit(build_intent(*[rectangle(f"e{number}") for number in range(10)]))
    with worker_process(tmp_path / "first.log") as first:
        wait_until(lambda: holder() is not None and board.is_archived())
        before = holder()
        with worker_process(tmp_path / "second.log"):
            wait_until(lambda: StreamWorker.objects.count() == 2)
            for number in range(10):
                board.drag(f"e{number}", 20, f"drag-{number}")
                if number == 5:
                    first.send_signal(ending)
            wait_until(board.is_archived)
            wait_until(lambda: ChangeRecord.objects(canvas=board.id, last_seq=board.state.seq).count() == 1)
            assert holder() not in (None, before)
            assert first.wait(PATIENCE_SECONDS) == (0 if ending is signal.SIGTERM else -signal.SIGKILL)
    assert sorted(archived_seqs(board.id)) == list(range(1, 202))
    drags = {record.key: record for record in ChangeRecord.objects(canvas=board.id, action="update")}
    assert sorted(drags) == [f"ada/ada-tab/drag-{number}" for number in range(10)]
    assert {record.last_seq - record.first_seq for record in drags.values()} == {19}
    assert ParkedRecord.objects.count() == 0


def test_la1_a_worker_that_caught_up_publishes_0(worker, author, published):
    with running(worker):
        author.commit(3, at=now())
        wait_until(lambda: published() == "0.000")


def test_la2_the_published_lag_expires(settings, published):
    Lag().publish()
    with closing(redis.Redis.from_url(settings.REDIS_URL)) as store:
        assert 0 < store.ttl(LAG_KEY) <= EXPIRES_SECONDS


def test_la3_the_lag_is_that_of_the_shard_most_behind(published):
    lag = Lag()
    lag.note("one", datetime.now(UTC) - timedelta(seconds=100))
    lag.note("two", datetime.now(UTC) - timedelta(seconds=5))
    lag.publish()
    assert float(published()) == pytest.approx(100, abs=2)
    lag.note("one", None)
    assert lag.seconds == pytest.approx(5, abs=2)


def test_la3_a_commit_from_a_clock_ahead_is_no_negative_lag():
    lag = Lag()
    lag.note("one", datetime.now(UTC) + timedelta(seconds=100))
    assert lag.seconds == 0


def test_la4_redis_away_does_not_disturb_the_worker(settings, keep_place, author, canvas):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    keep_place()
    worker = Worker()
    author.commit(5)
    with running(worker):
        wait_until(lambda: archived_seqs(canvas) == [1, 2, 3, 4, 5])
    author.commit(1)
    drain(worker)
    assert len(archived_seqs(canvas)) == 6
