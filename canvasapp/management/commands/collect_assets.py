"""Removes pictures that nothing refers to: neither a canvas of the project that holds them, nor its log.

First one walk through the table, which notes each id that a canvas names, then the removals, each conditional on nobody
having uploaded the picture again. What was found by a walk that broke off is kept in --state and taken up again.
"""

import json
import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from canvasapp.assets_collect import Sweep, files_without_asset, remove_assets, remove_file, remove_grant
from projects.exceptions import Unavailable

DAY_SECONDS = 24 * 60 * 60
STATE_SECONDS = DAY_SECONDS  # an older walk is begun anew
SAVE_SECONDS = 10.0


class Command(BaseCommand):
    help = "Removes pictures that no canvas and no log refers to. Counts only, unless --delete."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="remove them; without it they are counted")
        parser.add_argument("--dry-run", action="store_true", help="count only (the default)")
        parser.add_argument("--days", type=least_one, default=30, help="spare what was uploaded since (default 30)")
        parser.add_argument("--rate", type=least_one, default=2_000, help="items read a second (default 2000)")
        parser.add_argument("--state", type=Path, help="file that keeps how far the walk is; removed when done")

    def handle(self, *_: Any, **options: Any) -> None:
        removing = options["delete"] and not options["dry_run"]
        before = int(time.time()) - options["days"] * DAY_SECONDS
        state: Path | None = options["state"]
        sweep = self.walk(state, options["rate"])
        grants = sweep.unused_grants(before)
        self.say("Pictures that their project does not use", len(grants), sum(grant.size for grant in grants), removing)
        taken = 0
        for grant in grants:
            taken += removing and remove_grant(grant, before)
            time.sleep(1 / options["rate"])
        gone = {(grant.project_id, grant.asset_id) for grant in grants}
        assets = sweep.unheld_assets(before, gone)
        self.say("Pictures that no project holds", len(assets), sum(asset.size for asset in assets), removing)
        for asset in assets:
            taken += removing and remove_assets(asset, before)
            time.sleep(1 / options["rate"])
        files = list(files_without_asset(sweep, before))
        self.say("Files that are no picture's", len(files), sum(file.size for file in files), removing)
        for file in files:
            taken += removing and remove_file(file)
        if removing:
            self.stdout.write(f"Removed {taken}; what somebody took up again meanwhile stays.")
        else:
            self.stdout.write("Nothing was removed: that takes --delete.")
        if state is not None:
            state.unlink(missing_ok=True)

    def walk(self, state: Path | None, rate: int) -> Sweep:
        sweep = saved(state) or Sweep(started_at=time.time())
        if sweep.read:
            self.stdout.write(f"Going on behind {sweep.read} items.")
        saved_at = time.monotonic()
        while not sweep.done:
            began = time.monotonic()
            try:
                read = sweep.step()
            except Unavailable:
                self.stdout.write("The table does not answer; again in a moment.")
                time.sleep(5)
                continue
            if state is not None and time.monotonic() - saved_at > SAVE_SECONDS:
                save(state, sweep)
                self.stdout.write(f"{sweep.read} items read")
                saved_at = time.monotonic()
            time.sleep(max(0.0, read / rate - (time.monotonic() - began)))
        self.stdout.write(f"{sweep.read} items read, {sweep.references} references found.")
        return sweep

    def say(self, what: str, count: int, size: int, removing: bool) -> None:
        self.stdout.write(f"{what}: {count}, {size} bytes{', being removed' if removing and count else ''}")


def save(state: Path, sweep: Sweep) -> None:
    """Whole or not at all."""
    draft = state.with_name(f"{state.name}.new")
    draft.write_text(json.dumps(sweep.as_dict()))
    draft.replace(state)


def saved(state: Path | None) -> Sweep | None:
    if state is None or not state.exists():
        return None
    sweep = Sweep.of(json.loads(state.read_text()))
    return sweep if time.time() - sweep.started_at < STATE_SECONDS else None


def least_one(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError("a whole number from 1")
    return int(text)
