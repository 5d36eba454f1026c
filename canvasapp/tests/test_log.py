"""LG rules against DynamoDB: one holder for each number, unclear answers, parts, reading without gaps."""

import os
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from pynamodb.exceptions import PutError

from canvasapp import log
from canvasapp.commits import GENESIS, Commit, Entry, Sealed, seal
from canvasapp.exceptions import LogCorrupt, Unavailable
from canvasapp.items import CommitItem, CommitPartItem, canvas_key, commit_key, part_key
from canvasapp.log import Appended
from canvasapp.ops import Op, Update


@pytest.fixture
def canvas(table: None) -> str:
    return uuid4().hex


def sealed(canvas: str, seq: int = 1, previous: bytes = GENESIS, noise: int = 0) -> Sealed:
    """`noise` bytes do not compress: they are random."""
    ops: list[Op] = [Update("e", {"properties.noise": os.urandom(noise).hex()})] if noise else []
    entry = Entry(client="c", user="u", intent=seq, ops=ops, before=[None] * len(ops))
    commit = Commit(canvas=canvas, seq=seq, id=uuid4().hex, at="2026-01-01T00:00:00.000Z", entries=[entry], versions={})
    return seal(commit, previous)


def write(canvas: str, count: int, noise: int = 0) -> list[Sealed]:
    written: list[Sealed] = []
    for seq in range(1, count + 1):
        written.append(sealed(canvas, seq, written[-1].hash if written else GENESIS, noise))
        assert log.append(written[-1]) is Appended.DURABLE
    return written


def parts_of(canvas: str) -> int:
    return len(list(CommitPartItem.query(canvas_key(canvas), CommitPartItem.sk.startswith("COMMIT#"))))


def test_lg1_a_free_number_is_taken_once(canvas):
    first, second = sealed(canvas), sealed(canvas)
    assert log.append(first) is Appended.DURABLE
    assert log.append(second) is Appended.HEAD_MOVED
    assert log.read(canvas, 0) == [first]


def test_lg2_the_same_commit_again_is_durable(canvas):
    (one,) = write(canvas, 1)
    assert log.append(one) is Appended.DURABLE
    assert log.read(canvas, 0) == [one]


@pytest.mark.parametrize("noise", [0, 300_000])
def test_lg1_of_many_at_once_one_wins(canvas, noise):
    racers = [sealed(canvas, noise=noise + place if noise else 0) for place in range(6)]
    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(log.append, racers))
    assert sorted(result.name for result in results) == ["DURABLE"] + ["HEAD_MOVED"] * 5
    (winner,) = log.read(canvas, 0)
    assert winner == racers[results.index(Appended.DURABLE)]


@pytest.mark.parametrize("landed", [True, False], ids=["the write landed", "it did not"])
def test_lg2_a_lost_answer_is_resolved_by_the_commits_id(canvas, monkeypatch, landed):
    calls = []
    put = log._put

    def lossy(commit):
        calls.append(commit)
        if landed or len(calls) > 1:
            put(commit)
        if len(calls) == 1:
            raise PutError("the answer was lost")

    monkeypatch.setattr(log, "_put", lossy)
    one = sealed(canvas)
    assert log.append(one) is Appended.DURABLE
    assert len(calls) == (1 if landed else 2)
    assert log.read(canvas, 0) == [one]


def test_lg2_a_lost_answer_after_another_won(canvas, monkeypatch):
    (winner,) = write(canvas, 1)

    def lossy(commit):
        raise PutError("no answer")

    monkeypatch.setattr(log, "_put", lossy)
    assert log.append(sealed(canvas)) is Appended.HEAD_MOVED
    assert log.read(canvas, 0) == [winner]


def test_lg2_no_clear_answer_is_said(canvas, monkeypatch):
    def silent(commit):
        raise PutError("no answer")

    monkeypatch.setattr(log, "_put", silent)
    with pytest.raises(Unavailable):
        log.append(sealed(canvas))


def test_lg3_a_large_commit_is_read_back_exactly(canvas):
    """Half a megabyte that does not compress: more than an item holds."""
    written = write(canvas, 2, noise=500_000)
    assert parts_of(canvas) == 2
    assert log.read(canvas, 0) == written
    assert log.read(canvas, 1) == written[1:]
    assert log.append(written[1]) is Appended.DURABLE


def test_lg3_losing_the_race_leaves_no_parts(canvas):
    (winner,) = write(canvas, 1)
    assert log.append(sealed(canvas, noise=1_000_000)) is Appended.HEAD_MOVED
    assert parts_of(canvas) == 0
    assert log.read(canvas, 0) == [winner]


def test_lg4_reading_follows_the_pages(canvas):
    written = write(canvas, 8, noise=400_000)  # some 2 MB: a page has 1 MB
    assert log.read(canvas, 0) == written
    assert log.read(canvas, 3) == written[3:]
    assert log.read(canvas, 3, limit=2) == written[3:5]
    assert log.read(canvas, 8) == []


def test_lg4_a_gap_is_corrupt(canvas):
    write(canvas, 3)
    CommitItem.get(canvas_key(canvas), commit_key(2)).delete()
    with pytest.raises(LogCorrupt, match="commit 3 where 2 belongs"):
        log.read(canvas, 0)
    assert [found.seq for found in log.read(canvas, 2)] == [3]


def test_lg4_a_commit_without_its_last_part_is_not_there_yet(canvas):
    """A query that passes while the transaction is at work may see some of it."""
    written = write(canvas, 2, noise=1_000_000)
    CommitPartItem.get(canvas_key(canvas), part_key(2, 2)).delete()
    assert log.read(canvas, 0) == written[:1]


def test_lg4_canvases_do_not_mix(canvas):
    other = uuid4().hex
    written = write(canvas, 2)
    write(other, 3)
    assert log.read(canvas, 0) == written
