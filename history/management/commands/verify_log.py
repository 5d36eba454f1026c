"""Checks canvases: log, archive, signed digests, snapshots, elements and head records against each other.

Resuming is safe because what is kept is all that the run knew: canvases that were done, findings, and of the canvas in
hand a logcheck.Place, whose number and hash the next commit must continue. What is changed behind it afterwards is left
to the next run, as it would be without a pause.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError

from canvasapp.exceptions import NoSuchCanvas, Unavailable
from canvasapp.log import head_seq
from history import audit
from history.archive import archived_canvases
from history.canvases import Listed, canvases_asked
from history.digests import PublicKey
from history.documents import open_archive
from history.logcheck import CanvasCheck, Place
from history.signing import public_keys
from history.verification import Finding
from projects.exceptions import Unavailable as ProjectsUnavailable
from projects.pace import Progress, Teller, TokenBucket, least_one

AWAY = (Unavailable, ProjectsUnavailable, PyMongoError, OperationError)
FINDINGS, NOT_CHECKED = 1, 2  # exit codes
KEEP_SECONDS = 30.0


class Kept(msgspec.Struct):
    """How far a run is, between two. `scope` is what it was asked to check."""

    scope: list[str]
    done: list[str] = []
    commits: int = 0
    findings: list[Finding] = []
    place: Place | None = None


class Command(BaseCommand):
    help = "Verifies logs. A finding a line; exit code 0: all well, 1: findings, 2: could not be checked (to the end)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--canvas", help="only this one")
        parser.add_argument("--project", help="only its canvases")
        parser.add_argument("--resume", action="store_true", help="go on where the last run was broken off")
        parser.add_argument("--state", type=Path, help="where it is kept how far a run is (default: in VAR_DIR)")
        parser.add_argument("--rate", type=least_one, default=5_000, help="commits read a second (default 5000)")
        parser.add_argument("--progress", action="store_true", help="say on standard error how far it is")
        parser.add_argument(
            "--json", action="store_true", help="findings as lines of JSON, and a last line that sums up"
        )

    def handle(self, *_: Any, canvas: str | None, project: str | None, **options: Any) -> None:
        self.options = options
        self.state: Path = options["state"] or settings.VAR_DIR / "verify_log.json"
        scope = [canvas or "", project or ""]
        self.kept = self.kept_before(scope) or Kept(scope)
        audit.note_command(
            action="verify", canvas=canvas or "", project=project or "", details={"resumed": bool(self.kept.commits)}
        )
        for finding in self.kept.findings:
            self.tell(finding)
        try:
            keys = public_keys()
            open_archive()
            listed = sorted(self.asked(canvas, project))
            if canvas and not listed:
                raise NoSuchCanvas(canvas)
            self.check_all(listed, keys)
        except (*AWAY, KeyboardInterrupt) as error:
            self.keep()
            self.sum_up(finished=False)
            raise CommandError(f"broken off ({error!r:.200}); --resume goes on.", returncode=NOT_CHECKED) from error
        except (NoSuchCanvas, ImproperlyConfigured) as error:
            raise CommandError(f"could not be checked: {error!r}", returncode=NOT_CHECKED) from error
        self.state.unlink(missing_ok=True)
        self.sum_up(finished=True)
        if self.kept.findings:
            raise CommandError(f"{len(self.kept.findings)} findings", returncode=FINDINGS)

    def asked(self, canvas: str | None, project: str | None) -> Iterator[Listed]:
        """Those listed, and those that only the archive knows, unless it was noted that they were purged."""
        found = set()
        try:
            for listed in canvases_asked(canvas=canvas, project=project):
                found.add(listed.canvas)
                yield listed
        except NoSuchCanvas:
            pass  # perhaps the archive knows it
        for archived in archived_canvases(canvas=canvas, project=project):
            if archived not in found and not audit.was_purged(archived):
                yield Listed(archived, project or "")

    def check_all(self, listed: list[Listed], keys: dict[str, PublicKey]) -> None:
        done = set(self.kept.done)
        sizes = {one.canvas: head_seq(one.canvas) for one in listed}
        self.kept_at = time.monotonic()
        self.bucket = TokenBucket(self.options["rate"])
        progress = Progress(sum(sizes.values()), done=self.kept.commits)
        self.teller = Teller(progress, "commits", out=self.stderr) if self.options["progress"] else None  # type: ignore[arg-type] # writes as one
        for one in listed:
            if one.canvas in done:
                continue
            self.check_one(one, keys)
            self.kept.done.append(one.canvas)
            self.kept.place = None
            if self.is_time_to_keep():
                self.keep()
        if self.teller:
            self.teller.end()

    def check_one(self, listed: Listed, keys: dict[str, PublicKey]) -> None:
        place = self.kept.place if self.kept.place and self.kept.place.canvas == listed.canvas else None
        check = CanvasCheck(listed, keys, datetime.now(UTC))
        before = self.kept.commits - (place.seq if place else 0)
        try:
            for read in check.run(place):
                self.kept.commits = before + check.seq
                self.bucket.take(read)
                if self.teller:
                    self.teller.add(read)
                if self.is_time_to_keep():
                    self.kept.place = check.place()
                    self.keep()
        except BaseException:
            self.kept.place = check.place()
            self.kept.commits = before + (self.kept.place.seq if self.kept.place else 0)
            raise
        if check.findings and audit.was_purged(listed.canvas):
            return  # while it was being read
        for finding in check.findings:
            self.tell(finding)
        self.kept.findings += check.findings

    def tell(self, finding: Finding) -> None:
        self.stdout.write(msgspec.json.encode(finding).decode() if self.options["json"] else str(finding))

    def sum_up(self, *, finished: bool) -> None:
        counts = {
            "canvases": len(self.kept.done),
            "commits": self.kept.commits,
            "findings": len(self.kept.findings),
            "finished": finished,
        }
        if self.options["json"]:
            self.stdout.write(msgspec.json.encode(counts).decode())
        else:
            self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items() if name != "finished"))

    def is_time_to_keep(self) -> bool:
        return time.monotonic() - self.kept_at > KEEP_SECONDS

    def keep(self) -> None:
        """Whole or not at all."""
        self.kept_at = time.monotonic()
        draft = self.state.with_name(f"{self.state.name}.new")
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(self.kept))
        draft.replace(self.state)

    def kept_before(self, scope: list[str]) -> Kept | None:
        if not self.options["resume"]:
            return None
        try:
            kept = msgspec.json.decode(self.state.read_bytes(), type=Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise CommandError(f"{self.state} cannot be read: {error}", returncode=NOT_CHECKED) from error
        if kept.scope != scope:
            raise CommandError(f"{self.state} is of a run that was asked for something else", returncode=NOT_CHECKED)
        return kept
