"""Puts elements and head records right by the log. Rooms that are open keep what they loaded until they are closed."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from canvasapp.exceptions import LogCorrupt, NoSuchCanvas, Unavailable
from canvasapp.items import HEAD_SK, HeadItem, canvas_key
from canvasapp.rebuilding import elements_rebuild
from projects.exceptions import Unavailable as ProjectsUnavailable
from projects.pace import Progress, Teller
from projects.selectors import canvases_of, everything
from projects.store import reaching_dynamodb

LEFT, NOT_DONE = 1, 2  # exit codes


class Command(BaseCommand):
    help = "Makes elements and head record anew from the log. Exit code 1: differences stay, 2: not all was looked at."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("canvas", nargs="?", help="its id, as in its address")
        which.add_argument("--project", help="all canvases of this project")
        which.add_argument("--all", action="store_true", help="all canvases")
        parser.add_argument("--dry-run", action="store_true", help="only say what differs")

    def handle(self, *_: Any, canvas: str | None, project: str | None, dry_run: bool, **__: Any) -> None:
        differences = failed = 0
        try:
            asked = [canvas] if canvas else list(in_project(project) if project else every_canvas())
            teller = Teller(Progress(len(asked)), "canvases")
            for canvas_id in asked:
                try:
                    done = elements_rebuild(canvas_id, dry_run=dry_run)
                except (LogCorrupt, NoSuchCanvas) as error:
                    failed += 1
                    self.stderr.write(f"canvas {canvas_id}: not rebuilt: {error!r}")
                    continue
                for difference in done.differences:
                    self.stdout.write(f"canvas {canvas_id}: {difference}")
                if done.mended:
                    self.stdout.write(f"canvas {canvas_id}: {done.mended} items put right, as of commit {done.seq}")
                differences += len(done.differences)
                teller.add()
        except (Unavailable, ProjectsUnavailable) as error:
            raise CommandError(f"the table is away, run it again: {error}", returncode=NOT_DONE) from error
        teller.end()
        self.stdout.write(f"{differences} differences{' found' if dry_run else ' found and mended'}.")
        if failed:
            raise CommandError(f"{failed} canvases could not be rebuilt; verify_log tells more.", returncode=NOT_DONE)
        if differences and dry_run:
            raise CommandError("Nothing was written: a dry run.", returncode=LEFT)


def in_project(project_id: str) -> Iterator[str]:
    for deleted in (False, True):
        listed = everything(
            lambda cursor, deleted=deleted: canvases_of(project_id=project_id, deleted=deleted, cursor=cursor)  # type: ignore[misc]
        )
        yield from (entry.canvas_id for entry in listed)


def every_canvas() -> Iterator[str]:
    with reaching_dynamodb():
        for head in HeadItem.scan(HeadItem.sk == HEAD_SK, attributes_to_get=["PK", "SK", "kind"]):
            yield head.pk.removeprefix(canvas_key(""))
