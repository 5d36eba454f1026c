"""The BF rules: a history rebuilt from the log is the one that the worker made."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mongoengine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvasapp.ops import Append, Delete, Restore, Update
from canvasapp.services import canvas_create
from canvasapp.testing import build_intent, move, note, rectangle, typed
from history import backfill, timetravel
from history.backfill import gaps
from history.documents import ALIAS, CanvasProgress, ChangeRecord, CommitArchive, Snapshot, create_indexes
from history.tests.conftest import Canvas, drain
from history.versions import version_create

ROOT = Path(__file__).resolve().parents[2]
OF_CANVASES = ("commit_archive", "change_records", "element_kinds", "canvas_progress", "snapshots", "parked_records")
# What no rebuilding can bring back: the ids that MongoDB gave, and when something was parked how often.
NOT_TOLD = {"_id", "count", "first_at", "last_at"}


def dump(canvases: list[str]) -> dict[str, list[Any]]:
    kept = mongoengine.connection.get_db(ALIAS)
    whole = {}
    for name in OF_CANVASES:
        found = kept[name].find({"canvas": {"$in": canvases}} if name != "parked_records" else {})
        told = [{key: value for key, value in one.items() if key not in NOT_TOLD} for one in found]
        whole[name] = sorted(told, key=repr)
    return whole


def drop() -> None:
    mongoengine.connection.get_connection(ALIAS).drop_database(mongoengine.connection.get_db(ALIAS).name)


def command(settings, *arguments: str) -> list[str]:
    return [sys.executable, "manage.py", "backfill_history", *arguments]


def environment(settings) -> dict[str, str]:
    return os.environ | {"MONGODB_URI": settings.MONGODB_URI, "SECRET_KEY": settings.SECRET_KEY}


def run(settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(settings, *arguments), cwd=ROOT, env=environment(settings), capture_output=True, text=True, check=False
    )


def lively(board: Canvas, commits: int) -> None:
    """Every kind of op, gestures over several commits and people, an hour's pause now and then."""
    begun = datetime(2026, 1, 2, 3, tzinfo=UTC)

    def commit(*ops, **who) -> None:
        at = begun + timedelta(seconds=11 * board.state.seq, hours=2 if board.state.seq > 1_020 else 0)
        board.commit(build_intent(*ops, **who), at=at.strftime("%Y-%m-%dT%H:%M:%S.000Z"))

    commit(rectangle("a"), rectangle("b", points=[]), note("t", "words"), user="ada")
    number = 0
    while board.state.seq < commits:
        number += 1
        who = {"user": "ada" if number % 3 else "grace", "client": f"tab-{number % 4}"}
        match number % 7:
            case 0:
                commit(rectangle(f"n{number}", index="a1"), **who)
            case 1:
                commit(Delete("a"), **who)
                commit(Restore("a"), **who)
            case 2:
                size = len(board.state.elements["b"].properties["points"])
                commit(Append("b", "properties.points", size, [[number, 1]]), gesture=f"s{number // 20}", **who)
            case 3:
                text = f"words {number % 50}"
                commit(typed(board.state.elements["t"], text), **who)
            case 4:
                commit(Update("b", {"properties.color": f"c{number}", "angle": number / 1000}), **who)
            case _:
                commit(move("a", number), move("t", number), gesture=f"g{number // 15}", **who)


@pytest.fixture
def boards(board, project, alice, worker) -> list[Canvas]:
    """A large one, and small ones, projected by the worker; one has a named version."""
    found = [board] + [Canvas(canvas_create(project_id=project.id, name="Small", created_by=alice)) for _ in range(3)]
    lively(board, 1_050)
    for number, small in enumerate(found[1:]):
        lively(small, 20 + 7 * number)
    drain(worker)
    return found


@given(st.sets(st.integers(1, 60)), st.integers(1, 60), st.integers(0, 70))
def test_bf1_gaps_are_what_is_missing(seqs, first, length):
    last = first + length - 1
    found = [seq for gap in gaps(sorted(s for s in seqs if first <= s <= last), first, last) for seq in gap]
    assert found == [seq for seq in range(first, last + 1) if seq not in seqs]


@pytest.mark.django_db
def test_bf2_a_dropped_database_comes_back_equal_also_when_killed_and_beside_a_worker(
    boards, project, settings, worker
):
    ids = [board.id for board in boards]
    total = sum(board.state.seq for board in boards)
    before = dump(ids)
    assert all(before[name] for name in OF_CANVASES if name != "parked_records")
    assert len(before["snapshots"]) >= 2

    drop()
    dry = run(settings, "--project", project.id, "--dry-run")
    assert f"4 canvases would be completed: {total} commits" in dry.stdout, dry
    assert not CommitArchive.objects.count()
    done = run(settings, "--project", project.id, "--workers", "2")
    assert done.returncode == 0, done
    assert f"{total:,} of {total:,} commits (100 %)" in done.stderr
    assert dump(ids) == before

    drop()
    killed = subprocess.Popen(
        command(settings, "--project", project.id, "--rate", "150"),
        cwd=ROOT,
        env=environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while CommitArchive.objects.count() < 200 and time.monotonic() < until:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert 200 <= CommitArchive.objects.count() < total
    done = run(settings, "--project", project.id)
    assert done.returncode == 0, done
    assert dump(ids) == before

    drop()
    create_indexes()
    beside = subprocess.Popen(
        command(settings, "--project", project.id), cwd=ROOT, env=environment(settings), stderr=subprocess.PIPE
    )
    while beside.poll() is None:
        worker.ingest_round()
    assert beside.returncode == 0, beside.stderr
    drain(worker)
    assert dump(ids) == before


@pytest.mark.django_db
def test_bf3_holes_are_found_and_filled_and_their_changes_told(board):
    lively(board, 60)
    board.record()
    before = dump([board.id])
    CommitArchive.objects(canvas=board.id, seq__gte=20, seq__lte=25).delete()
    ChangeRecord.objects(canvas=board.id, first_seq__gte=20, last_seq__lte=25).delete()
    plan = backfill.plan(board.id)
    assert plan.ranges == (range(20, 26),)
    backfill.fill(board.id, plan.ranges[0])
    backfill.finish(board.id)
    after = dump([board.id])
    del after["canvas_progress"], before["canvas_progress"]
    assert after == before
    assert not backfill.plan(board.id).anything


@pytest.mark.django_db
def test_bf3_a_hole_that_was_filled_and_not_recorded_is_recorded_by_the_next_run(board):
    lively(board, 60)
    board.record()
    before = dump([board.id])["change_records"]
    ChangeRecord.objects(canvas=board.id, first_seq__gte=20, last_seq__lte=25).delete()
    CanvasProgress.objects(canvas=board.id).update_one(set__late=[[20, 25]])
    assert backfill.plan(board.id).unrecorded == 6
    backfill.finish(board.id)
    assert dump([board.id])["change_records"] == before
    assert not backfill.plan(board.id).anything


@pytest.mark.django_db
def test_bf4_what_is_archived_and_not_recorded_is_recorded(board):
    lively(board, 30)
    board.archive()
    assert backfill.plan(board.id).unrecorded == 30
    backfill.finish(board.id)
    assert not backfill.plan(board.id).anything
    assert ChangeRecord.objects(canvas=board.id).count()


@pytest.mark.django_db
def test_bf5_named_versions_have_their_snapshots_again(board, alice):
    lively(board, 12)
    version_create(canvas_id=board.id, name="Draft", description="", seq=7, created_by=alice)
    drop()
    create_indexes()
    backfill.fill(board.id, backfill.plan(board.id).ranges[0])
    backfill.finish(board.id)
    assert Snapshot.objects(canvas=board.id).distinct("seq") == [7]
    assert timetravel.state_at(board.id, 7).seq == 7


@pytest.mark.django_db
def test_bf6_every_head_record_is_found(board):
    assert board.id in {listed.canvas for listed in backfill.every_head()}


@pytest.mark.django_db
def test_bf7_sigterm_ends_it_after_the_slices_in_hand_and_the_next_run_goes_on(board, settings):
    lively(board, 400)
    stopped = subprocess.Popen(
        command(settings, "--canvas", board.id, "--rate", "50"),
        cwd=ROOT,
        env=environment(settings),
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while not CommitArchive.objects.count() and time.monotonic() < until:
        time.sleep(0.05)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(30) == 130
    assert 0 < CommitArchive.objects.count() < 400
    assert run(settings, "--canvas", board.id).returncode == 0
    assert CommitArchive.objects.count() == 400


@pytest.mark.django_db
def test_bf8_exit_codes(mongo, table, settings):
    assert run(settings, "--canvas", "nowhere").returncode == 2
    settings.MONGODB_URI = "mongodb://127.0.0.1:1/none"
    assert run(settings).returncode == 2
