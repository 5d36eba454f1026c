"""The LE rules of history/SPEC.md: the sharing itself, pure, and the leases in a real MongoDB."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.documents import StreamPosition, StreamWorker
from history.leases import LEASE_SECONDS, LeaseLost, Leases, fair_share, plan
from history.stream import Position, ShardKey
from history.tests.conftest import archived_seqs, drain
from history.worker import Worker

SHARDS = [ShardKey("s", f"shard-{number}") for number in range(4)]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def expire(leases: Leases) -> None:
    """As if the worker had been silent for long."""
    StreamPosition.objects(owner=leases.worker).update(set__expires_at=LONG_AGO)
    StreamWorker.objects(worker=leases.worker).update(set__expires_at=LONG_AGO)


def stored(key: ShardKey) -> StreamPosition:
    found: StreamPosition = StreamPosition.objects(stream=key.stream, shard=key.shard).get()
    return found


def test_le1_a_shard_has_one_reader(mongo):
    one, two = Leases(), Leases()
    assert one.balance(SHARDS[:1]) == SHARDS[:1]
    assert two.balance(SHARDS[:1]) == []
    assert one.balance(SHARDS[:1]) == SHARDS[:1]


def test_le1_of_two_that_see_a_free_shard_one_takes_it(mongo):
    one, two = Leases(), Leases()
    assert [one._take(SHARDS[0]), two._take(SHARDS[0])] == [True, False]


def test_le2_who_lost_the_lease_moves_no_position(mongo):
    slow, quick = Leases(), Leases()
    slow.balance(SHARDS[:1])
    expire(slow)
    assert quick.balance(SHARDS[:1]) == SHARDS[:1]
    quick.advance(SHARDS[0], Position("20", "e20"))
    with pytest.raises(LeaseLost):
        slow.advance(SHARDS[0], Position("10", "e10"))
    assert quick.positions() == {SHARDS[0]: Position("20", "e20")}
    slow.release(SHARDS[0])
    slow.hand_back()
    assert stored(SHARDS[0]).owner == quick.worker


def test_le2_a_finished_shard_is_nobodys_and_is_not_taken_again(mongo):
    one = Leases()
    one.balance(SHARDS[:1])
    one.advance(SHARDS[0], Position("20", "e20", finished=True))
    assert stored(SHARDS[0]).owner is None
    assert not Leases()._take(SHARDS[0])


def test_le3_a_lease_lasts_by_mongodbs_clock_and_is_renewed(mongo):
    one = Leases()
    one.balance(SHARDS[:1])
    StreamPosition.objects.update(set__expires_at=datetime.now(UTC) + timedelta(seconds=1))
    one.renew()
    left = stored(SHARDS[0]).expires_at - datetime.now(UTC)
    assert timedelta(seconds=LEASE_SECONDS - 5) < left <= timedelta(seconds=LEASE_SECONDS + 1)


def test_le3_a_lease_that_expired_and_nobody_took_goes_on(mongo):
    one = Leases()
    one.balance(SHARDS[:1])
    expire(one)
    assert one.balance(SHARDS[:1]) == SHARDS[:1]
    one.advance(SHARDS[0], Position("1", "e1"))


def test_le4_a_newcomer_gets_its_share_and_a_leaver_leaves_his(mongo):
    one, two = Leases(), Leases()
    assert one.balance(SHARDS) == SHARDS
    assert two.balance(SHARDS) == []
    assert len(one.balance(SHARDS)) == 2
    held = two.balance(SHARDS)
    assert len(held) == 2
    assert not set(held) & set(one.balance(SHARDS))
    two.hand_back()
    assert sorted(one.balance(SHARDS), key=str) == SHARDS


@given(shards=st.integers(0, 12), steps=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=30))
def test_le4_however_workers_come_and_go_shards_end_up_shared(shards, steps):
    """Workers plan one after the other, as the database makes them take; some leave without a word."""
    keys = [ShardKey("s", str(number)) for number in range(shards)]
    holders: dict[ShardKey, str] = {}
    alive: set[str] = set()

    def turn(worker: str) -> None:
        share = fair_share(len(keys), len(alive))
        surplus, free = plan(keys, holders, worker, share)
        for key in surplus:
            del holders[key]
        for key in free:
            if sum(holder == worker for holder in holders.values()) < share:
                holders[key] = worker

    for number, leaves in steps:
        worker = f"w{number}"
        if leaves and worker in alive:
            alive.remove(worker)
            holders = {key: holder for key, holder in holders.items() if holder != worker}
        else:
            alive.add(worker)
            turn(worker)
    for _ in range(2):
        for worker in sorted(alive):
            turn(worker)
    if alive:
        assert holders.keys() == set(keys)
        counts = [list(holders.values()).count(worker) for worker in alive]
        assert max(counts) <= fair_share(len(keys), len(alive))


def test_le5_what_was_handed_back_is_free_at_once(mongo):
    one, two = Leases(), Leases()
    one.balance(SHARDS)
    one.hand_back()
    assert two.balance(SHARDS) == SHARDS
    assert [kept.worker for kept in StreamWorker.objects] == [two.worker]


def test_le6_a_shard_that_somebody_reads_is_not_forgotten(mongo):
    one, two = Leases(), Leases()
    one.balance(SHARDS[:1])
    two.forget(SHARDS[:1])
    assert stored(SHARDS[0]).owner == one.worker
    one.hand_back()
    two.forget(SHARDS[:1])
    assert StreamPosition.objects.count() == 0


def test_le7_each_tells_the_others_how_far_behind_it_is(mongo):
    one, two, standing_by = Leases(), Leases(), Leases()
    one.lag = 7.5
    for leases in (one, two, standing_by, two):
        leases.balance(SHARDS[:1])
    assert (two.lag_elsewhere, standing_by.lag_elsewhere) == (7.5, 7.5)
    assert one.lag_elsewhere is None
    expire(one)
    two.balance(SHARDS[:1])
    assert two.lag_elsewhere is None


def test_le5_a_second_worker_stands_by_and_takes_over_where_the_first_stopped(worker, author, canvas):
    second = Worker()
    author.commit(3)
    while not worker.ingest_round():
        pass
    author.commit(3)
    assert second.ingest_round() == 0
    assert (worker.shards_held, second.shards_held) == (1, 0)
    assert (worker.lag_seconds is None, second.lag_seconds is None) == (False, True)
    worker.hand_back()
    while not second.ingest_round():  # it looks every two seconds
        time.sleep(0.05)
    drain(second)
    assert archived_seqs(canvas) == [1, 2, 3, 4, 5, 6]
    assert second.counts.repeated == 0


def test_le2_a_worker_that_was_stopped_for_long_does_the_batch_in_hand_and_moves_nothing(worker, author, canvas):
    author.commit(3)
    while not worker.ingest_round():
        pass
    author.commit(3)
    StreamPosition.objects.update(set__expires_at=LONG_AGO)
    StreamWorker.objects.update(set__expires_at=LONG_AGO)
    second = Worker()
    while not second.ingest_round():
        pass
    before = Leases().positions()
    assert worker.ingest_round() == 0
    assert worker.shards_held == 0
    assert Leases().positions() == before
    assert archived_seqs(canvas) == [1, 2, 3, 4, 5, 6]
