"""Commit to queryable: people drag shapes on several canvases, a real worker process projects, and a reader asks for
the newest change records as the history's page does. Prints the distribution over all commits.
"""

import argparse
import asyncio
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from multiprocessing.connection import Connection
from pathlib import Path

import django

if __name__ == "__main__":  # before the settings, which --help does not need
    parser = argparse.ArgumentParser(prog="bench/history/lag", description=__doc__)
    parser.add_argument("--changes", type=int, default=500, help="a second, by all people together (%(default)s)")
    parser.add_argument("--seconds", type=int, default=60, help="how long (%(default)s)")
    options = parser.parse_args()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")
django.setup()

from django.core.management import call_command

from canvasapp.elements import Dimensions, Position
from canvasapp.ops import Create, Op, Update
from canvasapp.room import Receipt, Room
from canvasapp.rooms import rooms
from canvasapp.services import canvas_create
from canvasapp.state import Intent
from history.documents import ChangeRecord, StreamPosition, open_archive
from projects.models import User
from projects.services import project_create

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 5  # on a canvas
STEPS_PER_SECOND = 10  # of each person's hand
STEPS_PER_DRAG = 20
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 60
RECORDS = 200  # that one question asks for; more than there are drags at a time

Seen = dict[str, list[tuple[int, float]]]  # of each canvas: commit numbers and when they were there


def main(options: argparse.Namespace) -> None:
    canvases = max(1, options.changes // (PEOPLE * STEPS_PER_SECOND))
    project, ids = prepare(canvases)
    worker = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), "project"])
    open_archive()
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe()
    reader = processes.Process(target=read, args=(project, there), daemon=True)
    try:
        reader.start()
        here.recv()  # it is ready
        while not StreamPosition.objects(owner__exists=True):  # and so is the worker
            time.sleep(POLL_SECONDS)
        committed = asyncio.run(edit(ids, options.seconds))
        here.send({canvas: commits[-1][0] for canvas, commits in committed.items()})
        seen: Seen | None = here.recv()
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait()
    if seen is None:
        sys.exit(f"{PATIENCE_SECONDS} s after the last commit, the history had not caught up")
    report(committed, seen, options.seconds)


def prepare(canvases: int) -> tuple[str, list[str]]:
    for command in ("migrate", "create_tables"):
        with Path(os.devnull).open("w") as silence:
            call_command(command, stdout=silence)
    user = User.objects.create_user("bench", "bench@example.org", "not to be signed in with", name="Bench")
    project = project_create(name="Bench", created_by=user)
    return project.id, [canvas_create(project_id=project.id, name=f"{n}", created_by=user) for n in range(canvases)]


async def edit(canvases: list[str], seconds: int) -> Seen:
    """What was committed, and when it was durable."""
    committed: Seen = {canvas: [] for canvas in canvases}
    await asyncio.gather(*(crowd(canvas, seconds, committed[canvas]) for canvas in canvases))
    await rooms().close()
    return committed


async def crowd(canvas: str, seconds: int, committed: list[tuple[int, float]]) -> None:
    async with rooms().lend(canvas) as room:
        shapes = [Create(f"e{n}", "rectangle", Position(0, 0), Dimensions(80, 40)) for n in range(PEOPLE)]
        await submit(room, "setup", 1, "setup", *shapes)
        begin = time.monotonic()
        for step in range(seconds * STEPS_PER_SECOND):
            receipts = await asyncio.gather(
                *(
                    submit(room, f"p{n}", step + 1, f"drag-{step // STEPS_PER_DRAG}", move(f"e{n}", step))
                    for n in range(PEOPLE)
                )
            )
            now = time.monotonic()
            committed += [(seq, now) for seq in sorted({receipt.seq for receipt in receipts})]
            await asyncio.sleep(max(0.0, begin + (step + 1) / STEPS_PER_SECOND - now))


def move(element: str, x: int) -> Update:
    return Update(element, {"position.x": x, "position.y": x / 2})


async def submit(room: Room, client: str, number: int, gesture: str, *ops: Op) -> Receipt:
    done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
    room.submit(Intent(client=client, user=client, number=number, ops=list(ops), gesture=gesture, size=100), done)
    return await done


def read(project: str, parent: Connection) -> None:
    """Asks again and again; notes each canvas's newest recorded commit, until it is told of the last and has it."""
    open_archive()
    seen: Seen = defaultdict(list)
    asked = ChangeRecord._get_collection().find({"project": project}, {"canvas": True, "last_seq": True})
    asked = asked.sort([("ended_at", -1), ("_id", -1)]).limit(RECORDS)
    last: dict[str, int] | None = None
    deadline = float("inf")
    parent.send("ready")
    while last is None or any(not seen[canvas] or seen[canvas][-1][0] < seq for canvas, seq in last.items()):
        if parent.poll():
            last, deadline = parent.recv(), time.monotonic() + PATIENCE_SECONDS
        found: dict[str, int] = {}
        for record in asked.rewind():
            found[record["canvas"]] = max(int(record["last_seq"]), found.get(record["canvas"], 0))
        now = time.monotonic()  # one clock for all processes
        for canvas, seq in found.items():
            if not seen[canvas] or seq > seen[canvas][-1][0]:
                seen[canvas].append((seq, now))
        if now > deadline:
            parent.send(None)
            return
        time.sleep(POLL_SECONDS)
    parent.send(dict(seen))


def report(committed: Seen, seen: Seen, seconds: int) -> None:
    lags: list[float] = []
    for canvas, commits in committed.items():
        moments = iter(seen[canvas])
        newest, at = next(moments)
        for seq, durable_at in commits:
            while newest < seq:
                newest, at = next(moments)
            lags.append(at - durable_at)
    changes = seconds * STEPS_PER_SECOND * PEOPLE * len(committed)
    cuts = statistics.quantiles(lags, n=100)
    print(f"{changes} changes ({changes / seconds:.0f}/s) in {len(lags)} commits on {len(committed)} canvases")
    print(
        f"commit to queryable: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s, most {max(lags):.2f} s"
    )


if __name__ == "__main__":
    main(options)
