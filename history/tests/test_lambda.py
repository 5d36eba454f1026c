"""The LH rules of history/SPEC.md, with the records of a real stream in the shape in which Lambda hands them over."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from mongoengine import disconnect

from canvasapp.commits import pack
from canvasapp.items import canvas_key, commit_key
from canvasapp.testing import build_intent, move, rectangle
from config.engines import Mongod
from history import lambda_handler
from history.documents import ALIAS, ChangeRecord, CommitArchive, ParkedRecord, StreamPosition
from history.lag import LAG_KEY
from history.lambda_handler import RECORDS_AT_ONCE, handler
from history.leases import Leases
from history.stream import StreamClient
from history.tests.conftest import archived_seqs

ROOT = Path(__file__).resolve().parents[2]
Event = dict[str, Any]
DONE: Event = {"batchItemFailures": []}


def as_lambda_says(value: Any) -> Any:
    """Lambda's JSON: binary as base64, times as seconds."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value))


@pytest.fixture
def event_of(keep_place) -> Callable[[str], Event]:
    """What the stream has of a canvas since the test began."""
    keep_place()
    streams, begin = StreamClient(), Leases().positions()

    def records_of(pk: str) -> Event:
        found: list[Any] = []
        for key, position in begin.items():
            iterator: str | None = streams.iterator(key, position.after)
            idle = 0
            while iterator is not None and idle < 2:
                records, iterator = streams.records(iterator)
                idle = 0 if records else idle + 1
                found += [
                    record | {"eventSourceARN": key.stream}
                    for record in records
                    if record["dynamodb"]["Keys"]["PK"]["S"] == pk and record["eventID"] != position.event
                ]
        event: Event = json.loads(json.dumps({"Records": found}, default=as_lambda_says))
        return event

    return lambda canvas: records_of(canvas_key(canvas))


def failures(answer: Event) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def number_of(event: Event, place: int) -> str:
    number: str = event["Records"][place]["dynamodb"]["SequenceNumber"]
    return number


def test_lh1_commits_are_archived_and_recorded_as_the_worker_does(event_of, board, author):
    board.commit(build_intent(rectangle("e1")))
    board.drag("e1", 5, "g")
    event = event_of(board.id)
    assert {record["eventSource"] for record in event["Records"]} == {"aws:dynamodb"}
    assert handler(event, None) == DONE
    assert archived_seqs(board.id) == [1, 2, 3, 4, 5, 6]
    assert ChangeRecord.objects(canvas=board.id, gesture="g").get().last_seq == 6
    assert StreamPosition.objects(after=number_of(event, -1)).count() == 0

    author.commit(3, versions={f"{number}": 1 for number in range(40_000)})
    assert handler(event_of(author.canvas), None) == DONE
    kept = list(CommitArchive.objects(canvas=author.canvas).order_by("seq"))
    assert [bytes(one.body) for one in kept] == [pack(sealed.body) for sealed in author.sealed]


def test_lh1_a_batch_that_comes_again_changes_nothing(event_of, board):
    board.commit(build_intent(rectangle("e1")))
    board.drag("e1", 5, "g")
    event = event_of(board.id)
    handler(event, None)
    before = list(ChangeRecord.objects(canvas=board.id).as_pymongo())
    assert handler(event, None) == DONE
    assert handler({"Records": event["Records"][3:]}, None) == DONE
    assert list(ChangeRecord.objects(canvas=board.id).as_pymongo()) == before


def test_lh2_poison_is_parked_and_is_no_failure(event_of, canvas, put_raw):
    put_raw(canvas, 1)
    put_raw(canvas, 2, hash=None)
    put_raw(canvas, 3)
    event = event_of(canvas)
    event["Records"][2]["dynamodb"]["NewImage"]["body"] = {"B": "not base64"}
    assert handler(event, None) == DONE
    assert archived_seqs(canvas) == [1]
    found = {kept.item_sk: kept.error for kept in ParkedRecord.objects(item_pk=canvas_key(canvas))}
    assert found == {commit_key(2): "hash is missing or not of type S", commit_key(3): "body is not binary"}


def test_lh2_what_is_removed_and_what_is_no_commit_is_passed_over(event_of, board):
    assert handler({"Records": []}, None) == DONE
    board.commit(build_intent(rectangle("e1")))
    event = event_of(board.id)
    assert {record["dynamodb"]["Keys"]["SK"]["S"] for record in event["Records"]} == {"METADATA", commit_key(1)}
    removed = json.loads(json.dumps(event["Records"][-1]))
    removed["eventName"] = "REMOVE"
    removed["dynamodb"]["OldImage"] = removed["dynamodb"].pop("NewImage")
    assert handler({"Records": [*event["Records"], removed]}, None) == DONE
    assert archived_seqs(board.id) == [1]


@pytest.fixture
def published(settings):
    with closing(redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)) as store:
        store.delete(LAG_KEY)
        yield store
        store.delete(LAG_KEY)


def test_lh4_the_lag_of_the_last_batch_stays_told(event_of, author, published):
    author.commit(2, at=(datetime.now(UTC) - timedelta(seconds=100)).isoformat())
    handler(event_of(author.canvas), None)
    assert float(published.get(LAG_KEY)) == pytest.approx(100, abs=60)
    assert published.ttl(LAG_KEY) == -1
    handler({"Records": []}, None)
    assert published.get(LAG_KEY) == "0.000"


@pytest.mark.faults
def test_lh3_mongodb_away_is_a_failure_from_the_first_record_on(event_of, board, settings, tmp_path):
    board.commit(build_intent(rectangle("e1")))
    event = event_of(board.id)
    home = settings.MONGODB_URI
    with Mongod(tmp_path / "mongodb") as mongod:
        disconnect(ALIAS)
        settings.MONGODB_URI = mongod.url
        lambda_handler._prepare.cache_clear()
        mongod.kill()
        assert failures(handler(event, None)) == [number_of(event, 0)]
        mongod.restart()
        assert handler(event, None) == DONE
        assert archived_seqs(board.id) == [1]
    disconnect(ALIAS)
    settings.MONGODB_URI = home
    lambda_handler._prepare.cache_clear()
    lambda_handler._prepare()


@pytest.mark.faults
def test_lh3_dynamodb_away_is_a_failure_from_the_record_on_that_needs_it(event_of, board, settings):
    """In a process of Lambda's own, which begins with the import of the handler. The log is asked for a gap only."""
    board.commit(build_intent(rectangle("e1")))
    for step in range(1, RECORDS_AT_ONCE + 20):
        board.commit(build_intent(move("e1", step)))
    event = event_of(board.id)
    commits = [one for one in event["Records"] if one["dynamodb"]["Keys"]["SK"]["S"] != "METADATA"]
    del commits[RECORDS_AT_ONCE + 10]
    event = {"Records": commits}

    def invoke(event: Event, **environment: str) -> Event:
        done = subprocess.run(
            [sys.executable, "-c", "import json, sys; from history.lambda_handler import handler; "
             "print(json.dumps(handler(json.load(sys.stdin), None)))"],
            input=json.dumps(event), env=os.environ | {"MONGODB_URI": settings.MONGODB_URI} | environment,
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        answer: Event = json.loads(done.stdout)
        return answer

    assert invoke({"Records": commits[:1]}) == DONE
    answer = invoke(event, DYNAMODB_ENDPOINT_URL="http://127.0.0.1:1")
    assert failures(answer) == [number_of(event, RECORDS_AT_ONCE)]
    assert archived_seqs(board.id) == list(range(1, RECORDS_AT_ONCE + 1))
    assert invoke({"Records": commits[RECORDS_AT_ONCE:]}) == DONE
    assert archived_seqs(board.id) == list(range(1, RECORDS_AT_ONCE + 21))
