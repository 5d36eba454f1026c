"""`manage.py restore_canvas`: a canvas, or some of its elements, as they were; new commits on top."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from history import services, timetravel
from history.management.acting import add_common, author_for, moment, refusals_told, sentence, some
from history.retention import check_told


class Command(BaseCommand):
    help = "Makes a canvas what it was. Nothing of its history is lost: this can itself be taken back."

    def add_arguments(self, parser: CommandParser) -> None:
        add_common(parser)
        when: ArgumentParser = parser.add_mutually_exclusive_group(required=True)  # type: ignore[assignment]
        when.add_argument("--seq", type=int, help="after this commit; 0 is the empty canvas")
        when.add_argument(
            "--time", type=moment, help="after the last commit not after it, such as 2026-01-31T12:00:00Z"
        )

    def handle(
        self,
        *_: Any,
        canvas: str,
        author: str,
        seq: int | None,
        time: datetime | None,
        elements: list[str] | None,
        dry_run: bool,
        **__: Any,
    ) -> None:
        with refusals_told():
            user, access = author_for(author, canvas)
            to_seq = seq if time is None else timetravel.seq_at(canvas, time)
            assert to_seq is not None  # one of the two is required
            check_told(access, to_seq)
            done = services.canvas_restore(
                canvas_id=canvas, to_seq=to_seq, restored_by=user, elements=some(elements), dry_run=dry_run
            )
        self.stdout.write(f"The canvas after commit {to_seq}. {sentence(done, dry_run=dry_run)}")
