"""What commands that change canvases share: whom they act as, what people may write, how refusals are told."""

from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.management.base import CommandError, CommandParser

from canvasapp.exceptions import CanvasError
from canvasapp.problems import app_error
from canvasapp.selectors import CanvasAccess, access_canvas
from history.moments import moment_of
from history.selectors import reaching_mongodb
from history.services import Restored
from history.timetravel import NoSuchCommit
from projects.access import LEAST_ROLE, Action
from projects.exceptions import AppError
from projects.models import User
from projects.selectors import user_find


def add_common(parser: CommandParser) -> None:
    parser.add_argument("canvas", help="its id, as in its address")
    parser.add_argument("--as", dest="author", metavar="USERNAME", required=True, help="who does it, by their rights")
    parser.add_argument("--element", action="append", dest="elements", metavar="ID", help="only this one; repeatable")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def moment(text: str) -> datetime:
    try:
        return moment_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


@contextmanager
def refusals_told() -> Iterator[None]:
    try:
        with reaching_mongodb():
            yield
    except NoSuchCommit as error:
        raise CommandError(str(error)) from error
    except CanvasError as error:
        raise CommandError(str(app_error(error))) from error
    except AppError as error:
        raise CommandError(error.message) from error


def author_for(username: str, canvas_id: str) -> tuple[User, CanvasAccess]:
    """The account, once it is sure that it may edit the canvas: the question that REST asks."""
    author = user_find(username_or_id=username)
    return author, access_canvas(author, canvas_id, LEAST_ROLE[Action.EDIT_CANVAS])


def sentence(done: Restored, *, dry_run: bool) -> str:
    counted = f"{done.revived} brought back, {done.changed} changed back, {done.removed} taken away"
    if not done.revived + done.changed + done.removed:
        return "Nothing to do."
    return f"Would be done: {counted}." if dry_run else f"Done with commit {done.seq}: {counted}."


def some(elements: Iterable[str] | None) -> frozenset[str] | None:
    return frozenset(elements) if elements else None
