"""Brings the table's index in line with the items, after an index key was added or is derived in another way.

How far each segment of the scan is stands in --state; a run that broke off goes on from there.
"""

import json
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pynamodb.exceptions import PynamoDBException

from projects import indexing
from projects.exceptions import Unavailable
from projects.pace import Progress, Teller, TokenBucket, least_one
from projects.table import TableItem

NOT_DONE = 2  # exit codes
BROKEN_OFF = 130


class Command(BaseCommand):
    help = "Brings the index in line with the items. Exit code 2: the table was away, 130: broken off; run it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--segments", type=least_one, default=4, help="of the scan, read side by side (default 4)")
        parser.add_argument("--rate", type=least_one, default=500, help="write units a second (default 500)")
        parser.add_argument("--state", type=Path, help="file that keeps how far the scan is; removed when done")
        parser.add_argument("--restart", action="store_true", help="from the beginning, whatever --state says")
        parser.add_argument("--dry-run", action="store_true", help="only count what would be written")

    def handle(self, *_: Any, segments: int, rate: int, state: Path | None, **options: Any) -> None:
        self.dry_run, self.state = options["dry_run"], None if options["dry_run"] else state
        self.stopping, self.lock = threading.Event(), threading.Lock()
        self.bucket = TokenBucket(rate)
        kept = None if options["restart"] else self.kept()
        # A position means something only within its segment: a run that goes on has as many as it began with.
        self.places: list[Any] = kept or [None] * segments
        self.written = self.stale = self.unknown = 0
        for number in (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ():
            signal.signal(number, lambda *_: self.stopping.set())
        try:
            # DynamoDB counts the table's items every six hours or so: an estimate is what this is for.
            total = int(TableItem.describe_table()["ItemCount"])
            self.teller = Teller(Progress(total), "items")
            with ThreadPoolExecutor(len(self.places)) as threads:
                list(threads.map(self.walk, range(len(self.places))))
        except (Unavailable, PynamoDBException) as error:
            raise CommandError(f"the table is away, run it again: {error}", returncode=NOT_DONE) from error
        self.teller.end()
        done = f"{self.stale} items to be put right" if self.dry_run else f"{self.written} items put right"
        meanwhile = "" if self.dry_run else f", {self.stale - self.written} others changed meanwhile"
        self.stdout.write(f"{done}{meanwhile}; {self.unknown} could not be read.")
        if self.stopping.is_set():
            raise CommandError("Broken off; run it again to go on.", returncode=BROKEN_OFF)
        if self.state is not None:
            self.state.unlink(missing_ok=True)

    def walk(self, segment: int) -> None:
        while self.places[segment] != "done" and not self.stopping.is_set():
            try:
                self.step(segment)
            except BaseException:
                self.stopping.set()  # the other segments too: their places are kept
                raise

    def step(self, segment: int) -> None:
        page = indexing.page(segment, len(self.places), self.places[segment])
        written = 0
        for stale in () if self.dry_run else page.stale:
            self.bucket.take(stale.write_units)
            written += indexing.mend(stale)
        with self.lock:
            self.places[segment] = page.after or "done"
            self.stale += len(page.stale)
            self.written += written
            self.unknown += page.unknown
            self.teller.add(page.read)
            self.keep()

    def keep(self) -> None:
        """Whole or not at all."""
        if self.state is not None:
            draft = self.state.with_name(f"{self.state.name}.new")
            draft.write_text(json.dumps(self.places))
            draft.replace(self.state)

    def kept(self) -> list[Any] | None:
        if self.state is None or not self.state.exists():
            return None
        places: list[Any] = json.loads(self.state.read_text())
        return places
