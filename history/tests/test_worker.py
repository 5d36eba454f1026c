"""The AR and WO rules of history/SPEC.md, on the real stream, log and archive."""

import json
import uuid
from datetime import UTC, datetime

import botocore.session
import pytest
from pymongo.errors import DuplicateKeyError

from canvasapp.commits import pack
from canvasapp.items import canvas_key, commit_key
from history import archive
from history.documents import CommitArchive, ParkedRecord, StreamPosition
from history.ingest import COMMITS_PER_WRITE, Findings, Ingest, sort_out
from history.leases import Leases
from history.stream import ShardKey, StreamClient, StreamReader
from history.tests.conftest import Author, archived_seqs, drain, place_at
from history.worker import Worker


def findings_of(reader: StreamReader, key: ShardKey) -> Findings:
    batch = reader.read(key)
    assert batch is not None
    return sort_out(batch.records)


def parked(canvas: str) -> dict[str, str]:
    return {kept.item_sk: kept.error for kept in ParkedRecord.objects(item_pk=canvas_key(canvas))}


def test_ar1_all_commits_arrive_once_in_order_and_byte_for_byte(worker, author, canvas):
    author.commit(50)
    drain(worker)
    kept = list(CommitArchive.objects(canvas=canvas).order_by("id"))
    assert [one.seq for one in kept] == list(range(1, 51))
    for one, sealed in zip(kept, author.sealed, strict=True):
        assert bytes(one.body) == pack(sealed.body)
        assert (one.commit_id, one.at, one.hash) == (sealed.commit.id, sealed.commit.at, sealed.hash.hex())
        assert (one.format, one.part_sizes) == (1, [len(one.body)])
    assert parked(canvas) == {}


def test_ar1_commits_of_many_canvases_interleave(worker, table):
    authors = [Author(uuid.uuid4().hex) for _ in range(5)]
    for _ in range(8):
        for one in authors:
            one.commit()
    drain(worker)
    for one in authors:
        assert archived_seqs(one.canvas) == list(range(1, 9))


def test_ar2_canvas_and_seq_are_unique_in_the_archive(worker, author, canvas):
    author.commit()
    drain(worker)
    twin = CommitArchive.objects(canvas=canvas, seq=1).first().to_mongo()
    del twin["_id"]
    with pytest.raises(DuplicateKeyError):
        CommitArchive._get_collection().insert_one(twin)


def test_ar2_a_replay_from_the_start_changes_nothing(worker, author, canvas):
    begin = Leases().positions()
    author.commit(20)
    drain(worker)
    before = list(CommitArchive.objects(canvas=canvas).as_pymongo())
    place_at(begin)
    again = Worker()
    drain(again)
    assert list(CommitArchive.objects(canvas=canvas).as_pymongo()) == before
    assert (again.counts.archived, again.counts.parked) == (0, 0)
    assert again.counts.repeated >= 20


def test_ar3_a_commit_changed_in_place_is_parked_and_the_first_is_kept(worker, author, canvas, put_raw):
    author.commit(3)
    drain(worker)
    put_raw(canvas, 2, body={"B": b"forged"})
    drain(worker)
    assert bytes(CommitArchive.objects(canvas=canvas, seq=2).get().body) == pack(author.sealed[1].body)
    assert "changed in place" in parked(canvas)[commit_key(2)]


def test_ar3_a_forgery_and_its_original_in_one_batch_do_not_hold_up_the_rest(worker, author, canvas, put_raw):
    author.commit(3)
    put_raw(canvas, 2, body={"B": b"forged"})
    drain(worker)
    assert sorted(archived_seqs(canvas)) == [1, 2, 3]
    assert list(parked(canvas)) == [commit_key(2)]


def test_ar4_a_gap_in_the_stream_is_filled_from_the_log_first(keep_place, author, canvas):
    author.commit(COMMITS_PER_WRITE + 50)
    keep_place()
    worker = Worker()
    author.commit(3)
    drain(worker)
    assert archived_seqs(canvas) == list(range(1, COMMITS_PER_WRITE + 54))
    assert worker.counts.filled == COMMITS_PER_WRITE + 50
    assert [bytes(kept.body) for kept in CommitArchive.objects(canvas=canvas).order_by("seq")] == [
        pack(sealed.body) for sealed in author.sealed
    ]


def test_ar5_commits_that_nobody_has_are_parked_as_missing(worker, canvas, put_raw):
    for seq in (1, 2, 6):
        put_raw(canvas, seq)
    drain(worker)
    assert archived_seqs(canvas) == [1, 2, 6]
    assert parked(canvas) == {commit_key(3): "commits 3 to 5 are in neither stream nor log"}


def test_ar6_a_large_commit_is_archived_whole(worker, author, canvas):
    author.commit(1)
    author.commit(1, versions={uuid.uuid4().hex: 1 for _ in range(40_000)})
    author.commit(1)
    drain(worker)
    kept = CommitArchive.objects(canvas=canvas, seq=2).get()
    assert len(kept.part_sizes) > 1
    assert sum(kept.part_sizes) == len(kept.body)
    assert bytes(kept.body) == pack(author.sealed[1].body)
    assert archived_seqs(canvas) == [1, 2, 3]


def test_ar6_a_large_commit_without_its_parts_is_parked(worker, canvas, put_raw):
    put_raw(canvas, 1, parts={"N": "3"})
    put_raw(canvas, 2)
    drain(worker)
    assert archived_seqs(canvas) == [2]
    assert "3 parts" in parked(canvas)[commit_key(1)]


def test_ar7_poison_is_parked_and_later_records_go_on(worker, canvas, put_raw):
    put_raw(canvas, 1)
    put_raw(canvas, 2, hash=None)
    put_raw(canvas, 3)
    drain(worker)
    assert archived_seqs(canvas) == [1, 3]
    kept = ParkedRecord.objects(item_pk=canvas_key(canvas)).get()
    assert (kept.item_sk, kept.error) == (commit_key(2), "hash is missing or not of type S")
    assert json.loads(kept.raw)[0]["body"]["B"]
    drain(worker)
    put_raw(canvas, 4)
    drain(worker)
    assert archived_seqs(canvas) == [1, 3, 4]


def test_ar7_a_key_that_is_no_commits_does_not_disturb_filling(keep_place, worker, canvas, put_raw):
    put_raw(canvas, 1)
    put_raw(canvas, 2, SK={"S": "COMMIT#000000000001x"})
    keep_place()
    put_raw(canvas, 2)
    drain(Worker())
    assert archived_seqs(canvas) == [1, 2]


def test_ar8_a_commit_removed_by_retention_stays_archived(worker, author, canvas, settings):
    author.commit(2)
    drain(worker)
    client = botocore.session.get_session().create_client(
        "dynamodb", region_name=settings.AWS_REGION, endpoint_url=settings.DYNAMODB_ENDPOINT_URL
    )
    key = {"PK": {"S": canvas_key(canvas)}, "SK": {"S": commit_key(1)}}
    client.delete_item(TableName=settings.DYNAMODB_TABLE, Key=key)
    drain(worker)
    assert archived_seqs(canvas) == [1, 2]


def test_wo1_a_crash_between_effect_and_position_is_harmless(worker, author, canvas):
    author.commit(10)
    reader = StreamReader(StreamClient(), Leases().positions())
    reader.discover()
    for key in reader.readable():
        Ingest().apply(findings_of(reader, key))
    assert archived_seqs(canvas) == list(range(1, 11))
    author.commit(2)
    drain(worker)
    assert archived_seqs(canvas) == list(range(1, 13))
    assert worker.counts.repeated >= 10
    assert parked(canvas) == {}


def test_wo1_a_crash_in_the_midst_of_the_effect_is_harmless(worker, author, canvas):
    author.commit(10)
    reader = StreamReader(StreamClient(), Leases().positions())
    reader.discover()
    for key in reader.readable():
        mine = [commit for commit in findings_of(reader, key).commits if commit.canvas == canvas]
        archive.store(mine[:4])
    drain(worker)
    assert archived_seqs(canvas) == list(range(1, 11))


def test_wo2_a_new_worker_goes_on_where_the_last_one_stopped(worker, author, canvas):
    author.commit(5)
    drain(worker)
    author.commit(5)
    next_worker = Worker()
    drain(next_worker)
    assert archived_seqs(canvas) == list(range(1, 11))
    assert next_worker.counts.repeated == 0


def test_wo2_positions_of_shards_that_are_gone_are_forgotten(worker, author):
    StreamPosition(stream="s", shard="gone", finished=True, updated_at=datetime.now(UTC)).save()
    drain(worker)
    assert StreamPosition.objects(shard="gone").count() == 0
    assert StreamPosition.objects.count() >= 1
