"""Writes a canvas's bundle to a file: whole, or not at all."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from canvasapp.exceptions import LogCorrupt, Unavailable
from history import audit
from history.bundle import Refused
from history.bundling import canvas_bundle
from history.canvases import canvas_named

NOT_DONE = 2  # exit code


class Command(BaseCommand):
    help = "Writes a canvas's commits and signed digests to a zip file that `python -m history.verify` checks anywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("canvas")
        parser.add_argument("-o", "--output", type=Path, required=True, help="the file; an existing one is replaced")

    def handle(self, *_: Any, canvas: str, output: Path, **__: Any) -> None:
        draft = output.with_name(f"{output.name}.part")
        try:
            listed = canvas_named(canvas)
            if listed is None:
                raise CommandError(f"there is no canvas {canvas}", returncode=NOT_DONE)
            audit.note_command(action="bundle.export", project=listed.project, canvas=canvas)
            with draft.open("wb") as file:
                for piece in canvas_bundle(canvas):
                    file.write(piece)
            draft.replace(output)
        except (Refused, LogCorrupt, Unavailable, ImproperlyConfigured, OSError) as error:
            draft.unlink(missing_ok=True)
            raise CommandError(f"not written: {error}", returncode=NOT_DONE) from error
        self.stdout.write(f"{output}: {output.stat().st_size} bytes")
