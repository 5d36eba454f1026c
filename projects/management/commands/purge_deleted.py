"""Removes for good what has been in the trash long enough."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from projects.items import Project
from projects.selectors import trash_before
from projects.services import canvas_entry_purge, project_purge

KEPT_DAYS = 30


class Command(BaseCommand):
    help = "Removes projects and canvases that were deleted long ago. Can be stopped and run again at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=KEPT_DAYS, help="in the trash for at least so long")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument("--pause", type=float, default=0.1, help="seconds after each, to leave the store to others")

    def handle(self, *_: Any, days: int, dry_run: bool, pause: float, **__: Any) -> None:
        removed = 0
        for item in trash_before(datetime.now(UTC) - timedelta(days=days)):
            what = f"project {item.id}" if isinstance(item, Project) else f"canvas {item.canvas_id}"
            self.stdout.write(f"{'Would remove' if dry_run else 'Removing'} {what} “{item.name}”")
            removed += 1
            if dry_run:
                continue
            if isinstance(item, Project):
                project_purge(project_id=item.id)
            else:
                canvas_entry_purge(project_id=item.project_id, canvas_id=item.canvas_id)
            time.sleep(pause)
        self.stdout.write(f"{removed} {'would be removed' if dry_run else 'removed'}.")
