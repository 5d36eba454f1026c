"""RM rules: rooms on the real log, two of them as two servers have them."""

import asyncio
import os
import time

import pytest

from canvasapp import checkpoint, log
from canvasapp import room as room_module
from canvasapp.commits import Sealed
from canvasapp.exceptions import Refused, Repeated, Unavailable
from canvasapp.ops import Append, Delete, Restore, Update
from canvasapp.state import Draft
from canvasapp.testing import build_intent, move, rectangle
from canvasapp.tests.conftest import Told, facts, replayed, submit


async def code_of(outcome) -> str:
    with pytest.raises(Refused) as refused:
        await outcome
    return refused.value.code


# Group commit


async def test_rm1_intents_that_wait_share_a_commit(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    await submit(room, rectangle("e"))
    for x in range(500):
        room.submit(build_intent(move("e", x), client=f"c{x % 10}", number=x // 10 + 1))
    await room.drain()
    assert room.state.elements["e"].position.x == 499
    assert len(told.commits) <= 4
    assert {mark.intent for mark in room.state.clients.values()} == {50}


async def test_rm2_commits_begin_a_tick_apart(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    await submit(room, rectangle("e"))
    began = time.monotonic()
    for x in range(300):
        room.submit(build_intent(move("e", x)))
        await asyncio.sleep(0.001)
    await room.drain()
    assert 3 < len(told.commits) <= (time.monotonic() - began) / room_module.TICK_SECONDS + 2


async def test_rm2_an_idle_room_commits_at_once(canvas, open_room):
    room = await open_room(canvas)
    await submit(room, rectangle("e"))
    await asyncio.sleep(0.05)
    receipt = await submit(room, move("e", 1))
    assert receipt.seq == room.state.seq == 2


async def test_rm1_a_commit_is_bounded_and_a_large_intent_goes_alone(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    noise = os.urandom(230_000).hex()
    room.submit(build_intent(rectangle("small")))
    room.submit(build_intent(rectangle("big1", noise=noise[:250_000]), rectangle("big2", noise=noise[210_000:])))
    room.submit(build_intent(rectangle("after")))
    await room.drain()
    assert [list(sealed.commit.versions) for sealed in told.commits] == [["small"], ["big1", "big2"], ["after"]]
    assert checkpoint.load(canvas).elements == room.state.elements


async def test_rm3_a_receipt_means_that_it_is_in_the_log(canvas, open_room):
    room = await open_room(canvas)
    receipt = await submit(room, rectangle("a"), rectangle("b"))
    assert (receipt.seq, receipt.versions) == (1, {"a": 1, "b": 1})
    assert receipt.elements["a"] == replayed(canvas).elements["a"]


# Two rooms


async def test_rm4_the_loser_of_a_race_goes_on_behind_the_winner(canvas, open_room):
    left, right = await open_room(canvas), await open_room(canvas)
    await submit(left, rectangle("e", color="red"))
    await asyncio.gather(
        *(submit(left, move("e", x)) for x in range(20)),
        *(submit(right, Update("e", {"properties.color": str(x)})) for x in range(20)),
    )
    await asyncio.gather(left.refresh(), right.refresh())
    assert facts(left.state) == facts(right.state) == facts(replayed(canvas))
    assert left.state.elements["e"].properties["color"] == "19"
    assert left.state.elements["e"].position.x == 19


async def test_rm5_a_room_that_lags_looks_at_the_log_before_it_refuses(canvas, open_room):
    told = Told()
    left, right = await open_room(canvas), await open_room(canvas, told)
    await submit(left, rectangle("a", style=5), rectangle("b"))
    assert right.state.seq == 0
    await submit(right, move("a", 4))
    assert right.state.elements["a"].position.x == 4
    await submit(left, Update("a", {"properties.style": {}}))
    await submit(right, Update("a", {"properties.style.width": 1}))  # invalid where style is still 5
    await submit(left, Delete("b"))
    await submit(right, Restore("b"), move("b", 1))
    assert told.refusals == []


async def test_rm5_a_refusal_shows_the_current_elements(canvas, open_room):
    told = Told()
    left, right = await open_room(canvas), await open_room(canvas, told)
    await submit(left, rectangle("a"))
    await submit(left, move("a", 1))
    with pytest.raises(Refused) as refused:
        await submit(right, move("a", 9, expect=1), move("gone", 1))
    assert refused.value.code == "conflict"
    assert [(element["id"], element["version"], element["position"]["x"]) for element in refused.value.elements] == [
        ("a", 2, 1.0)
    ]
    assert [refusal.code for _, refusal in told.refusals] == ["conflict"]
    await submit(right, move("a", 9, expect=2))


async def test_rm5_one_refused_intent_does_not_disturb_the_others(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    results = await asyncio.gather(
        submit(room, rectangle("a"), number=1),
        submit(room, move("nobody", 1), number=2),
        submit(room, Append("a", "properties.points", 0, [1]), number=3),
        submit(room, rectangle("a"), number=4),
        submit(room, move("a", 1), number=5),
        return_exceptions=True,
    )
    codes = [result.code if isinstance(result, Refused) else "ok" for result in results]
    assert codes == ["ok", "not_found", "ok", "exists", "ok"]
    assert [intent.number for intent, _ in told.refusals] == [2, 4]
    assert len(told.commits) == 1


async def test_rm5_a_fault_in_one_intent_does_not_stop_the_canvas(canvas, open_room, monkeypatch):
    room = await open_room(canvas)
    add = Draft.add

    def faulty(draft, intent):
        if intent.number == 2:
            raise ZeroDivisionError
        return add(draft, intent)

    monkeypatch.setattr(Draft, "add", faulty)
    results = await asyncio.gather(
        submit(room, rectangle("a"), number=1),
        submit(room, rectangle("b"), number=2),
        submit(room, rectangle("c"), number=3),
        return_exceptions=True,
    )
    assert isinstance(results[1], Refused)
    assert set(room.state.elements) == {"a", "c"}


# Idempotency


async def test_rm6_an_intent_repeated_here_is_not_applied_again(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    await submit(room, rectangle("a", points=[]), number=1)
    await submit(room, Append("a", "properties.points", 0, [1]), number=2)
    for number in (1, 2):
        with pytest.raises(Repeated) as repeated:
            await submit(room, move("a", 9), number=number)
        assert repeated.value.seq == 2
    assert [intent.number for intent in told.repetitions] == [1, 2]
    assert (room.state.seq, room.state.elements["a"].position.x) == (2, 0)


async def test_rm6_an_intent_repeated_through_another_server_is_not_applied_again(canvas, open_room):
    told = Told()
    left, right = await open_room(canvas), await open_room(canvas, told)
    await submit(left, rectangle("a"), number=1)
    await submit(left, move("a", 1), number=2)
    with pytest.raises(Repeated) as repeated:  # right has seen none of it
        await submit(right, Update("a", {"properties.twice": True}), number=2)
    assert repeated.value.seq == 2
    assert right.state.elements["a"].properties == {}
    later = await open_room(canvas)
    with pytest.raises(Repeated):
        await submit(later, Update("a", {"properties.twice": True}), number=2)
    assert facts(replayed(canvas)) == facts(right.state)


async def test_rm6_marks_outlive_a_checkpoint(canvas, open_room):
    room = await open_room(canvas)
    await submit(room, rectangle("a"), number=7)
    await room.close()
    with pytest.raises(Repeated):
        await submit(await open_room(canvas), move("a", 1), number=7)


async def test_rm6_an_intent_in_flight_is_not_queued_again(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    room.submit(build_intent(rectangle("a"), number=1))
    room.submit(build_intent(rectangle("a"), number=1))
    assert await code_of(submit(room, rectangle("a"), number=1)) == "unavailable"
    await room.drain()
    assert (room.state.seq, told.refusals, told.repetitions) == (1, [], [])


async def test_rm6_a_number_that_was_passed_over_is_never_taken(canvas, open_room):
    """Its author asks again under a new number: both must not be done."""
    left, right = await open_room(canvas), await open_room(canvas)
    await submit(left, rectangle("a"), number=1)
    assert await code_of(submit(left, move("missing", 1), number=2)) == "not_found"
    await submit(left, move("a", 1), number=3)
    for room in (left, right, await open_room(canvas)):  # right has seen none of it
        assert await code_of(submit(room, move("a", 9), number=2)) == "unavailable"
    await left.close()
    assert await code_of(submit(await open_room(canvas), move("a", 9), number=2)) == "unavailable"


async def test_rm6_what_was_under_way_when_its_number_was_refused_is_refused_as_well(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    room.submit(build_intent(move("a", 1), number=1))
    await room.drain()
    assert [refusal.code for _, refusal in told.refusals] == ["not_found"]
    await submit(room, rectangle("a"), client="other")
    with pytest.raises(Refused, match="unavailable"):
        room.submit(build_intent(move("a", 1), number=1))


async def test_rm7_a_client_id_belongs_to_its_user(canvas, open_room):
    left, right = await open_room(canvas), await open_room(canvas)
    await submit(left, rectangle("a"), number=1)
    with pytest.raises(Refused, match="forbidden"):
        left.submit(build_intent(move("a", 1), user="mallory", number=2))
    assert await code_of(submit(right, move("a", 1), user="mallory", number=2)) == "forbidden"
    assert left.state.clients["client-1"].user == "user-1"


async def test_rm7_a_client_id_belongs_to_the_first_also_within_one_commit(canvas, open_room):
    told = Told()
    room = await open_room(canvas, told)
    room.submit(build_intent(rectangle("a"), number=1))
    room.submit(build_intent(move("a", 1), user="mallory", number=2))
    room.submit(build_intent(move("a", 2), number=3))
    await room.drain()
    assert [(intent.user, refusal.code) for intent, refusal in told.refusals] == [("mallory", "forbidden")]
    assert room.state.clients["client-1"].user == "user-1"
    assert room.state.elements["a"].position.x == 2


# Following others


async def test_rm8_hints_are_taken_over_and_gaps_filled_from_the_log(canvas, open_room):
    source, told = Told(), Told()
    left, right = await open_room(canvas, source), await open_room(canvas, told)
    await submit(left, rectangle("a"))
    for x in range(1, 5):
        await submit(left, move("a", x))
    right.notice(source.commits[0])
    assert right.state.seq == 1
    right.notice(source.commits[0])
    right.notice(source.commits[4])  # three are missing
    await right.drain()
    assert facts(right.state) == facts(left.state)
    assert [sealed.seq for sealed in told.commits] == [1, 2, 3, 4, 5]
    assert not any(told.local)


async def test_rm8_a_hint_that_is_not_of_the_log_is_not_believed(canvas, open_room):
    source = Told()
    left, right = await open_room(canvas, source), await open_room(canvas)
    await submit(left, rectangle("a"))
    true = source.commits[0]
    right.notice(Sealed(true.commit, true.body, bytes(32)))
    await right.refresh()
    assert facts(right.state) == facts(left.state)


async def test_rm8_refresh_brings_everything_that_was_in_the_log(canvas, open_room):
    left, right = await open_room(canvas), await open_room(canvas)
    await submit(left, rectangle("a"))
    await asyncio.gather(right.refresh(), right.refresh())
    assert right.state.seq == 1


async def test_rm8_commits_for_those_who_resume(canvas, open_room, monkeypatch):
    monkeypatch.setattr(room_module, "RECENT_COMMITS", 3)
    left = await open_room(canvas)
    await submit(left, rectangle("a"))
    for x in range(1, 8):
        await submit(left, move("a", x))
    assert [sealed.seq for sealed in left.recent_after(5) or []] == [6, 7, 8]
    assert (left.recent_after(8), left.recent_after(4)) == ([], None)
    assert [sealed.seq for sealed in await left.commits_after(2, 10) or []] == [3, 4, 5, 6, 7, 8]
    assert await left.commits_after(2, 5) is None
    fresh = await open_room(canvas)
    assert [sealed.seq for sealed in await fresh.commits_after(6, 10) or []] == [7, 8]
    assert await left.commits_after(2, 10) == log.read(canvas, 2)


# Trouble


async def test_rm9_a_full_queue_asks_senders_to_wait(canvas, open_room, monkeypatch):
    monkeypatch.setattr(room_module, "MAX_PENDING_INTENTS", 8)
    told = Told()
    room = await open_room(canvas, told)
    for x in range(8):
        room.submit(build_intent(rectangle(f"e{x}")))
    assert room.crowded
    with pytest.raises(Refused, match="unavailable"):
        room.submit(build_intent(rectangle("more")))
    await room.drain()
    assert told.saving == [(False, True), (False, False)]
    assert room.state.live == 8


async def test_rm10_an_unclear_answer_is_asked_again_until_it_is_clear(canvas, open_room, monkeypatch):
    told = Told()
    room = await open_room(canvas, told)
    append, failures = log.append, iter("xx")

    def unsure(sealed):
        result = append(sealed)
        if next(failures, None):
            raise Unavailable("the answer was lost")
        return result

    monkeypatch.setattr(log, "append", unsure)
    await submit(room, rectangle("a"), number=1)
    assert [sealed.seq for sealed in told.commits] == [1]
    assert told.saving == [(True, False), (False, False)]
    assert facts(room.state) == facts(replayed(canvas))


async def test_rm10_a_read_that_works_again_ends_degraded(canvas, open_room, monkeypatch):
    told = Told()
    room = await open_room(canvas, told)
    read = log.read

    def away(*_):
        raise Unavailable("away")

    monkeypatch.setattr(room_module, "_BACKOFF_SECONDS", (0.01,))
    monkeypatch.setattr(log, "read", away)
    room.look_at_log()
    await asyncio.sleep(0.1)
    assert room.degraded
    monkeypatch.setattr(log, "read", read)
    await asyncio.sleep(0.2)
    assert not room.degraded
    assert told.saving == [(True, False), (False, False)]


async def test_rm11_close_commits_what_waits_and_writes_a_checkpoint(canvas, open_room):
    room = await open_room(canvas)
    waiting = [asyncio.create_task(submit(room, rectangle(f"e{x}"))) for x in range(50)]
    await asyncio.sleep(0)
    await room.close()
    receipts = await asyncio.gather(*waiting)
    assert len(receipts) == 50
    assert checkpoint.head_item(canvas).checkpoint_seq == room.state.seq
    with pytest.raises(Refused, match="unavailable"):
        room.submit(build_intent(rectangle("late")))


async def test_rm11_who_waits_for_a_closing_room_is_told(canvas, open_room, monkeypatch):
    room = await open_room(canvas)

    def away(*_):
        raise Unavailable("away")

    monkeypatch.setattr(log, "read", away)
    monkeypatch.setattr(log, "append", away)
    waiting = [asyncio.create_task(submit(room, rectangle("a"))), asyncio.create_task(room.refresh())]
    await asyncio.sleep(0.1)
    await room.close(patience=0.2)
    async with asyncio.timeout(2):
        results = await asyncio.gather(*waiting, room.refresh(), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3


async def test_cp4_a_busy_room_writes_checkpoints_by_itself(canvas, open_room, monkeypatch):
    monkeypatch.setattr(room_module, "CHECKPOINT_SECONDS", 0.05)
    room = await open_room(canvas)
    await submit(room, rectangle("a"))
    for _ in range(100):
        await asyncio.sleep(0.02)
        if room.clean:
            break
    assert checkpoint.head_item(canvas).checkpoint_seq == 1


async def test_rm12_who_loses_every_race_asks_for_a_turn(canvas, open_room, monkeypatch):
    told = Told()
    room = await open_room(canvas, told)
    answers = iter([log.Appended.HEAD_MOVED] * room_module.OUTRUN_RACES)
    append = log.append
    monkeypatch.setattr(log, "append", lambda sealed: next(answers, None) or append(sealed))
    await submit(room, rectangle("a"))
    assert told.outran


async def test_rm12_who_gives_way_still_commits(canvas, open_room):
    room = await open_room(canvas)
    room.give_way()
    assert (await submit(room, rectangle("a"))).seq == 1


async def test_rm13_a_long_draft_is_cut_and_nothing_lost(canvas, open_room, monkeypatch):
    monkeypatch.setattr(room_module, "DRAFT_SECONDS", -1.0)
    room = await open_room(canvas)
    await asyncio.gather(*(submit(room, rectangle(f"e{number}")) for number in range(5)))
    assert (room.state.live, room.state.seq) == (5, 5)


async def test_rm13_a_refusal_names_a_bounded_part_of_large_elements(canvas, open_room):
    room = await open_room(canvas)
    await submit(room, *(rectangle(f"e{number}", note="x" * 30_000) for number in range(5)))
    with pytest.raises(Refused) as refused:
        await submit(room, *(move(f"e{number}", 1) for number in range(5)), move("gone", 1))
    assert len(refused.value.elements) == 2
