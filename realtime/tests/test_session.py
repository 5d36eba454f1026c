"""Flow control: what may be under way to a client that reads slowly, or not at all."""

from realtime.session import (
    CATCH_UP_BELOW_BYTES,
    DELTA_BUDGET_BYTES,
    HOPELESS_SECONDS,
    PRESENCE_BUDGET_BYTES,
    SILENCE_SECONDS,
    Flow,
)

QUARTER = DELTA_BUDGET_BYTES // 4


def joined(seq=0):
    flow = Flow(sent_seq=seq)
    flow.caught_up()
    return flow


def test_se_nothing_is_admitted_before_the_state_is_sent():
    flow = Flow(sent_seq=3)
    assert not flow.admit_delta(4, 10, now=0)
    assert not flow.admit_presence(10)
    assert flow.sent_seq == 3
    assert not flow.seen(3)  # joining is no falling behind: nobody waits for a catch-up
    flow.caught_up()
    assert flow.admit_delta(4, 10, now=0)


def test_se_a_delta_of_any_size_goes_when_nothing_is_under_way():
    assert joined().admit_delta(1, 5 * DELTA_BUDGET_BYTES, now=0)


def test_se_the_budget_bounds_what_was_not_reported_as_seen():
    flow = joined()
    assert [flow.admit_delta(seq, QUARTER, now=0) for seq in range(1, 7)] == [True] * 4 + [False] * 2
    assert (flow.sent_seq, flow.behind) == (4, True)


def test_se_once_behind_small_deltas_are_held_back_too():
    flow = joined()
    flow.admit_delta(1, DELTA_BUDGET_BYTES, now=0)
    assert not flow.admit_delta(2, QUARTER, now=0)
    assert not flow.admit_delta(3, 1, now=0)  # else there would be a gap


def test_se_it_catches_up_when_a_quarter_is_left():
    flow = joined()
    for seq in range(1, 6):
        flow.admit_delta(seq, QUARTER, now=0)
    assert [flow.seen(seq) for seq in range(1, 5)] == [False, False, True, True]
    assert CATCH_UP_BELOW_BYTES == QUARTER
    flow.note_sent(9, QUARTER)
    flow.caught_up()
    assert flow.admit_delta(10, QUARTER, now=0)
    assert not flow.seen(10)  # nothing to catch up with


def test_se_reports_that_repeat_or_lie_change_nothing():
    flow = joined()
    flow.admit_delta(1, QUARTER, now=0)
    for _ in range(3):
        flow.seen(1)
    flow.seen(10**9)
    assert [flow.admit_delta(seq, QUARTER, now=0) for seq in range(2, 7)] == [True] * 4 + [False]


def test_se_presence_is_dropped_for_who_has_been_silent_for_megabytes():
    flow = joined()
    part = PRESENCE_BUDGET_BYTES // 4
    assert [flow.admit_presence(part) for _ in range(5)] == [True] * 4 + [False]
    flow.heard(now=1)
    assert flow.admit_presence(part)


def test_se_presence_is_dropped_while_behind():
    flow = joined()
    flow.admit_delta(1, DELTA_BUDGET_BYTES, now=0)
    flow.admit_delta(2, 1, now=0)
    assert not flow.admit_presence(1)


def test_se_who_stays_behind_is_hopeless_after_half_a_minute():
    flow = joined()
    flow.heard(now=100)
    flow.admit_delta(1, DELTA_BUDGET_BYTES, now=100)
    flow.admit_delta(2, 1, now=100)
    flow.heard(now=129)  # pings do not help who does not read
    assert not flow.hopeless(100 + HOPELESS_SECONDS)
    assert flow.hopeless(100.1 + HOPELESS_SECONDS)
    flow.caught_up()
    assert not flow.hopeless(100.1 + HOPELESS_SECONDS)


def test_se_who_says_nothing_for_long_is_hopeless():
    flow = joined()
    flow.heard(now=100)
    assert not flow.hopeless(100 + SILENCE_SECONDS)
    assert flow.hopeless(100.1 + SILENCE_SECONDS)


def test_se_the_budgets_are_those_of_the_documents():
    assert (DELTA_BUDGET_BYTES, PRESENCE_BUDGET_BYTES) == (1024 * 1024, 4 * 1024 * 1024)
    assert (HOPELESS_SECONDS, SILENCE_SECONDS) == (30, 130)
