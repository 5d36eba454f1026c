"""Signs what each canvas's log is today. Run it daily; a second run on the same day signs only what is new to it."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from canvasapp.exceptions import LogCorrupt, NoSuchCanvas, Unavailable
from history import audit
from history.canvases import Listed, canvases_asked
from history.digests import public_of
from history.signing import NotSound, Outcome, canvas_sign, signing_key
from projects.exceptions import Unavailable as ProjectsUnavailable

NOT_SOUND, NOT_DONE = 1, 2  # exit codes


class Command(BaseCommand):
    help = "Signs a digest of each canvas that changed. Exit code 1: a log does not follow from what was signed before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--canvas", help="only this one")
        parser.add_argument("--project", help="only its canvases")

    def handle(self, *_: Any, canvas: str | None, project: str | None, **__: Any) -> None:
        try:
            key = signing_key()
        except ImproperlyConfigured as error:
            raise CommandError(str(error), returncode=NOT_DONE) from error
        if key is None:
            raise CommandError("DIGEST_SIGNING_KEY is not set; make_digest_key makes one.", returncode=NOT_DONE)
        audit.note_command(
            action="digests.sign", project=project or "", canvas=canvas or "", details={"key": public_of(key).id}
        )
        day = datetime.now(UTC).date()
        counts = dict.fromkeys(Outcome, 0)
        refused = 0
        try:
            for listed in canvases_asked(canvas=canvas, project=project):
                try:
                    counts[canvas_sign(listed, day, key)] += 1
                except (NotSound, LogCorrupt) as error:
                    refused += 1
                    self.say(listed, error)
        except NoSuchCanvas as error:
            raise CommandError(f"there is no canvas {error}", returncode=NOT_DONE) from error
        except (Unavailable, ProjectsUnavailable) as error:
            raise CommandError(f"a store is away, run it again: {error}", returncode=NOT_DONE) from error
        self.stdout.write(", ".join(f"{count} {outcome.value}" for outcome, count in counts.items()) + ".")
        if refused:
            raise CommandError(f"{refused} not signed: verify_log tells more.", returncode=NOT_SOUND)

    def say(self, listed: Listed, error: NotSound | LogCorrupt) -> None:
        findings = error.findings if isinstance(error, NotSound) else [f"{listed.canvas}: {error}"]
        for finding in findings:
            self.stderr.write(f"not signed: {finding}")
