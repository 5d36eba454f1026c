"""Token buckets and the count of open sockets."""

from realtime.limits import INTENTS_PER_USER_FACTOR, Sockets, TokenBucket


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_rl_a_bucket_gives_its_burst_and_then_its_rate():
    clock = Clock()
    bucket = TokenBucket(rate=10, burst=20, clock=clock)
    assert [bucket.take() for _ in range(21)] == [True] * 20 + [False]
    clock.now = 0.5
    assert [bucket.take() for _ in range(6)] == [True] * 5 + [False]


def test_rl_a_bucket_never_holds_more_than_its_burst():
    clock = Clock()
    bucket = TokenBucket(rate=10, burst=20, clock=clock)
    clock.now = 1_000
    assert bucket.take(20)
    assert not bucket.take()


def test_rl_what_is_refused_takes_nothing():
    bucket = TokenBucket(rate=1, burst=5, clock=Clock())
    assert not bucket.take(6)
    assert bucket.take(5)


def test_rl_a_user_has_a_number_of_sockets():
    sockets = Sockets(2, 10, Clock())
    assert [sockets.admit("alice"), sockets.admit("alice"), sockets.admit("alice")] == [True, True, False]
    assert sockets.admit("bob")
    sockets.leave("alice")
    assert sockets.admit("alice")


def test_rl_a_users_intents_are_bounded_over_all_sockets():
    clock = Clock()
    sockets = Sockets(5, 10, clock)
    for _ in range(3):
        sockets.admit("alice")
    sockets.admit("bob")
    budget = 2 * 10 * INTENTS_PER_USER_FACTOR
    assert [sockets.take_intent("alice") for _ in range(budget + 1)] == [True] * budget + [False]
    assert sockets.take_intent("bob")


def test_rl_nothing_is_kept_of_a_user_without_sockets():
    sockets = Sockets(1, 10, Clock())
    sockets.admit("alice")
    sockets.leave("alice")
    assert (sockets._open, sockets._intents) == ({}, {})
