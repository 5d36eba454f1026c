"""`manage.py revert_changes`: one person's changes, or a time's, taken back on today's canvas."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from history import services
from history.management.acting import add_common, author_for, moment, refusals_told, sentence, some
from history.retention import told_choice
from history.reverting import Choice
from projects.models import User


class Command(BaseCommand):
    help = "Takes chosen changes back and leaves everybody else's. What others changed since stands, and is listed."

    def add_arguments(self, parser: CommandParser) -> None:
        add_common(parser)
        parser.add_argument("--user", help="only what this person did: a username or an id, also of a closed account")
        parser.add_argument("--gesture", help="only what was done in this gesture, such as a restoration's")
        parser.add_argument("--since", type=moment, help="only what was done then or later")
        parser.add_argument("--until", type=moment, help="only what was done before")
        parser.add_argument("--from-seq", type=int, help="only this commit and later ones")
        parser.add_argument("--to-seq", type=int, help="only this commit and earlier ones")
        parser.add_argument("--overwrite", action="store_true", help="take others' newer work on the same back as well")

    def handle(
        self,
        *_: Any,
        canvas: str,
        author: str,
        elements: list[str] | None,
        overwrite: bool,
        dry_run: bool,
        user: str | None,
        **options: Any,
    ) -> None:
        asked = {
            name: options[name]
            for name in ("gesture", "since", "until", "from_seq", "to_seq")
            if options[name] is not None
        }
        choice = Choice(user=_id_of(user) if user else None, elements=some(elements), **asked)
        if choice == Choice():
            raise CommandError(
                "Say whose changes, or which: --user, --gesture, --since, --until, --from-seq, --to-seq, --element."
            )
        with refusals_told():
            user_acting, access = author_for(author, canvas)
            done, conflicts = services.changes_revert(
                canvas_id=canvas,
                choice=told_choice(access, choice),
                reverted_by=user_acting,
                overwrite=overwrite,
                dry_run=dry_run,
                bounded=False,
            )
        self.stdout.write(sentence(done, dry_run=dry_run))
        names = {
            str(person.pk): person.username for person in User.objects.filter(pk__in={c.newer.user for c in conflicts})
        }
        for conflict in conflicts:
            what = f"element {conflict.element}" + (f", {conflict.path}" if conflict.path else "")
            outcome = "taken back as well" if overwrite else "stands"
            who = names.get(conflict.newer.user, conflict.newer.user)
            self.stdout.write(f"Conflict: {what}: the newer work of {who} in commit {conflict.newer.seq} {outcome}.")


def _id_of(named: str) -> str:
    person = User.objects.filter(username=User.normalize_username(named)).first()
    if person:
        return str(person.pk)
    try:
        return str(UUID(named))
    except ValueError as unknown:
        raise CommandError(f"There is no user {named}. Of a closed account, give the id.") from unknown
