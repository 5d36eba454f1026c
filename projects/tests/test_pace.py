"""Pace and progress, with a clock that is set by hand."""

import io

from hypothesis import given
from hypothesis import strategies as st

from projects.pace import BURST_SECONDS, IN_LOG_SECONDS, Progress, Teller, TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(rate=st.floats(0.5, 1e4), amounts=st.lists(st.integers(1, 5_000), min_size=1, max_size=30))
def test_a_bucket_lets_through_its_rate_and_a_burst(rate, amounts):
    clock = Clock()
    bucket = TokenBucket(rate, clock=clock, sleep=clock.sleep)
    for amount in amounts:
        bucket.take(amount)
    seconds = clock.now - 100.0
    assert sum(amounts[:-1]) <= rate * (seconds + BURST_SECONDS) * 1.0001
    assert seconds <= sum(amounts) / rate


def test_time_not_used_is_not_saved_up():
    clock = Clock()
    bucket = TokenBucket(10, clock=clock, sleep=clock.sleep)
    clock.now += 3600
    for _ in range(30):
        bucket.take()
    assert 3601.5 < clock.now - 100.0 < 3602.5


def test_a_bucket_without_a_rate_holds_nothing_back():
    clock = Clock()
    TokenBucket(None, clock=clock, sleep=clock.sleep).take(1_000_000)
    assert clock.now == 100.0


def test_the_estimate_follows_the_rate_of_late_and_not_what_an_earlier_run_did():
    clock = Clock()
    progress = Progress(10_000, done=5_000, clock=clock)
    for _ in range(60):
        clock.now += 1
        progress.add(10)
    standing = progress.standing()
    assert round(standing.per_second) == 10
    assert standing.line("commits") == "5,600 of 10,000 commits (56 %), 10/s, 7 min 20 s left"
    for _ in range(60):
        clock.now += 1
        progress.add(40)
    assert 38 < progress.standing().per_second <= 40


def test_before_anything_is_done_nothing_is_promised():
    clock = Clock()
    assert Progress(10, clock=clock).standing().line("canvases") == "0 of 10 canvases (0 %), 0/s"
    assert Progress(None, clock=clock).standing().line("items") == "0 items, 0/s"
    assert Progress(0, clock=clock).standing().line("items") == "0 of 0 items (100 %), 0/s"


def test_a_log_gets_a_line_now_and_then_and_a_terminal_one_that_stays():
    for out, expected in ((io.StringIO(), 3), (Terminal(), 1)):
        clock = Clock()
        teller = Teller(Progress(400, clock=clock), "items", out=out, clock=clock)
        for _ in range(300):
            clock.now += IN_LOG_SECONDS / 100
            teller.add()
        teller.end()
        assert out.getvalue().count("\n") == expected
        assert "300 of 400 items (75 %), 10/s, 10 s left" in out.getvalue()
