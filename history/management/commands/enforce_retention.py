"""`manage.py enforce_retention`: removes the history that projects keep no longer, and that of purged canvases."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from canvasapp.exceptions import LogCorrupt
from history.documents import CanvasProgress
from history.management.acting import refusals_told
from history.purging import canvases_left_behind, history_purge
from history.retention import enforce
from history.timetravel import NoSuchCommit
from projects.access import told_since
from projects.exceptions import NotFound
from projects.pace import Progress, Teller, TokenBucket, least_one
from projects.selectors import project_get


class Command(BaseCommand):
    help = "Removes history older than its project's history_days from MongoDB. Can be stopped and run again any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", metavar="ID", help="only this project's canvases")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument("--rate", type=least_one, default=10_000, help="documents removed a second, at most")

    def handle(self, *_: Any, project: str | None, dry_run: bool, rate: int, **__: Any) -> None:
        with refusals_told():
            purged = self.forget_purged(project, dry_run=dry_run)
            damaged = self.enforce(project, TokenBucket(rate), dry_run=dry_run)
        if damaged:
            raise CommandError(f"{damaged} canvases could not be looked at; nothing of theirs was removed.")
        self.stdout.write(f"{purged} purged canvases; done.")

    def forget_purged(self, project: str | None, *, dry_run: bool) -> int:
        count = 0
        for canvas in canvases_left_behind(project):
            count += 1
            self.stdout.write(f"canvas {canvas}: was purged; {'would remove' if dry_run else 'removing'} its history")
            if not dry_run:
                history_purge(canvas_id=canvas)
        return count

    def enforce(self, project: str | None, bucket: TokenBucket, *, dry_run: bool) -> int:
        """How many canvases could not be looked at."""
        damaged = 0
        limited = list(_limited(project))
        teller = Teller(Progress(len(limited)), "canvases", out=self.stderr)  # type: ignore[arg-type] # writes as one
        for canvas, project_id, since in limited:
            try:
                removed = enforce(canvas, project_id, since, bucket=bucket, dry_run=dry_run)
            except (LogCorrupt, NoSuchCommit) as error:
                damaged += 1
                self.stderr.write(f"canvas {canvas}: {error}")
            else:
                if removed.anything:
                    self.stdout.write(f"canvas {canvas}: {'would remove' if dry_run else 'removed'} {removed}")
            teller.add()
        teller.end()
        return damaged


def _limited(project: str | None) -> Iterator[tuple[str, str, datetime]]:
    """The canvases of projects with a limit, and since when their history is kept."""
    known = CanvasProgress.objects(**({"project": project} if project else {}))
    for project_id in sorted(filter(None, known.distinct("project"))):
        try:
            days = project_get(project_id=project_id).history_days
        except NotFound:  # purged between; its canvases are found as such
            continue
        if days:
            for canvas in CanvasProgress.objects(project=project_id).distinct("canvas"):
                yield canvas, project_id, told_since(int(days))
