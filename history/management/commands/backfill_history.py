"""Rebuilds the history in MongoDB from the logs in DynamoDB: all of it, or what is missing.

Processes, not threads: decoding commits and folding changes is Python's own work, which one thread does at a time
(docs/decisions/backfills.md). One process hands out slices of commits, so the rate, the progress and the end are its
alone; a canvas has one slice under way at a time, because its commits are archived in order.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from canvasapp.exceptions import LogCorrupt, NoSuchCanvas
from history import backfill
from history.backfill import Plan
from history.canvases import canvases_asked
from history.documents import STORE_AWAY, create_indexes, open_archive
from history.timetravel import NoSuchCommit
from history.worker_process import begin_worker
from projects.exceptions import Unavailable as ProjectsUnavailable
from projects.pace import Progress, Teller, TokenBucket

SLICE = 1_000  # commits archived and recorded between two looks at rate and signals
AWAY = (*STORE_AWAY, ProjectsUnavailable, BrokenProcessPool)
INCOMPLETE, NOT_DONE = 1, 2  # exit codes
BROKEN_OFF = 130


class Command(BaseCommand):
    help = (
        "Rebuilds history from the log: what is not archived, recorded or kept as a snapshot. Run again, it goes on. "
        "Exit code 1: something could not be rebuilt, 2: a store was away, 130: broken off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--canvas", help="only this one")
        parser.add_argument("--project", help="only its canvases")
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a CPU)")
        parser.add_argument("--rate", type=float, help="commits a second, of all workers (default: as fast as it goes)")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *_: Any, canvas: str | None, project: str | None, dry_run: bool, **options: Any) -> None:
        if options["workers"] < 1 or (options["rate"] is not None and options["rate"] <= 0):
            raise CommandError("--workers and --rate are above 0", returncode=NOT_DONE)
        self.failed = self.parked = 0
        self.stopping = threading.Event()
        try:
            open_archive()
            create_indexes()
            asked = canvases_asked(canvas=canvas, project=project) if canvas or project else backfill.every_head()
            plans = [plan for plan in backfill.plans(sorted(listed.canvas for listed in asked)) if plan.anything]
            self.say(plans, dry_run=dry_run)
            if not dry_run:
                self.run(plans, options["workers"], options["rate"])
        except NoSuchCanvas as error:
            raise CommandError(f"there is no canvas {error}", returncode=NOT_DONE) from error
        except AWAY as error:
            raise CommandError(
                f"a store is away, run it again to go on: {error!r:.300}", returncode=NOT_DONE
            ) from error
        if self.stopping.is_set():
            raise CommandError("Broken off after the slices in hand; run it again to go on.", returncode=BROKEN_OFF)
        if self.failed or self.parked:
            told = f"{self.failed} canvases failed, {self.parked} commits or gaps parked (see retry_parked)"
            raise CommandError(told, returncode=INCOMPLETE)

    def say(self, plans: Iterable[Plan], *, dry_run: bool) -> None:
        archive = record = snapshots = count = 0
        for plan in plans:
            count += 1
            archive, record, snapshots = (
                archive + plan.commits,
                record + plan.unrecorded,
                snapshots + plan.unsnapped,
            )
            if dry_run:
                spans = ", ".join(f"{one[0]}-{one[-1]}" for one in plan.ranges[:5])
                more = f" and {len(plan.ranges) - 5} more gaps" if len(plan.ranges) > 5 else ""
                self.stdout.write(
                    f"{plan.canvas}: {plan.commits} commits to archive ({spans or 'none'}{more}), {plan.unrecorded} "
                    f"archived ones to record, {plan.unsnapped} named snapshots to make"
                )
        self.stdout.write(
            f"{count} canvases {'would be' if dry_run else 'to be'} completed: {archive} commits to archive, {record} "
            f"archived ones to record, {snapshots} named snapshots to make."
        )

    def run(self, plans: list[Plan], workers: int, rate: float | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        bucket = TokenBucket(rate, sleep=self.stopping.wait)
        teller = Teller(Progress(sum(plan.commits for plan in plans)), "commits")
        size = SLICE if rate is None else max(1, min(SLICE, int(rate)))
        # The longest first, so that no single one is left over at the end.
        waiting = [(plan.canvas, _slices(plan, size)) for plan in sorted(plans, key=lambda plan: plan.commits)]
        under_way: dict[Future[int], tuple[str, list[range], int]] = {}
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=begin_worker) as pool:
            while under_way or (waiting and not self.stopping.is_set()):
                while waiting and len(under_way) < workers and not self.stopping.is_set():
                    canvas, slices = waiting.pop()
                    wanted = slices.pop() if slices else None
                    bucket.take(len(wanted) if wanted else 0)
                    under_way[pool.submit(_step, canvas, wanted)] = (canvas, slices, len(wanted) if wanted else -1)
                for step in wait(under_way, return_when=FIRST_COMPLETED).done:
                    canvas, slices, count = under_way.pop(step)
                    try:
                        self.parked += step.result()
                    except (LogCorrupt, NoSuchCommit) as error:
                        self.failed += 1
                        self.stderr.write(f"canvas {canvas}: {error}")
                        continue
                    if count >= 0:
                        teller.add(count)
                        waiting.append((canvas, slices))
        teller.end()


def _slices(plan: Plan, size: int) -> list[range]:
    """The last first: they are taken from the end."""
    cut = [one[start : start + size] for one in plan.ranges for start in range(0, len(one), size)]
    return cut[::-1]


def _step(canvas: str, wanted: range | None) -> int:
    """In a worker: a slice, or what is left to do behind the last one."""
    open_archive()
    if wanted is not None:
        return backfill.fill(canvas, wanted)
    backfill.finish(canvas)
    return 0
