"""`manage.py retry_parked`: tries again what the history's worker had to put aside."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from canvasapp.items import canvas_key
from history.documents import STORE_AWAY, ParkedRecord, create_indexes, open_archive
from history.parked import recover, recoverable
from projects.pace import least_one


class Command(BaseCommand):
    help = "Try parked records of the history again. Ends with code 1 when some stay parked, 2 when a store is away."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--canvas", help="only this canvas's")
        parser.add_argument("--limit", type=least_one, help="at most so many")
        parser.add_argument("--dry-run", action="store_true", help="say what would come of it, and write nothing")

    def handle(self, *_: Any, canvas: str | None, limit: int | None, dry_run: bool, **__: Any) -> None:
        done = stay = 0
        try:
            open_archive()
            create_indexes()
            found = ParkedRecord.objects(item_pk=canvas_key(canvas)) if canvas else ParkedRecord.objects
            # Ids first: what is tried again parks, and raw items may be large.
            for record_id in [kept.pk for kept in found.order_by("item_pk", "item_sk").only("id").limit(limit)]:
                kept = ParkedRecord.objects(pk=record_id).first()
                if kept is None:
                    continue
                recovery = recoverable(kept)
                still = recovery.still if dry_run else recover(kept, recovery)
                done += kept.item_sk not in still
                stay += len(still)
                self._tell(kept, still, len(recovery.commits), dry_run)
        except STORE_AWAY as error:
            self._sum_up(done, stay, dry_run)
            raise CommandError(f"A store is away: {error}", returncode=2) from error
        self._sum_up(done, stay, dry_run)
        if stay:
            raise SystemExit(1)

    def _tell(self, kept: ParkedRecord, still: dict[str, str], archived: int, dry_run: bool) -> None:
        would = "would be " if dry_run else ""
        if kept.item_sk not in still:
            self.stdout.write(f"{kept.item_pk} {kept.item_sk}: {would}done, {archived} commits archived")
        for sort_key, error in still.items():
            self.stdout.write(f"{kept.item_pk} {sort_key}: stays parked: {error}")

    def _sum_up(self, done: int, stay: int, dry_run: bool) -> None:
        self.stdout.write(f"{done} {'would be ' if dry_run else ''}done, {stay} stay parked.")
