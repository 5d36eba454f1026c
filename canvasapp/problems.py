"""What the core's errors are over HTTP. Sockets have their own words for them (realtime/)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext

from canvasapp import exceptions as core
from projects.exceptions import AppError, NotFound, Unavailable

STATUS = {
    "invalid": 400,
    "forbidden": 403,
    "not_found": 404,
    "exists": 409,
    "conflict": 409,
    "gone": 410,
    "too_large": 413,
    "limit": 422,
    "rate": 429,
    "unavailable": 503,
}


class RefusedOverHttp(AppError):
    """A reject code of the protocol, with the elements that it is about."""

    def __init__(self, refused: core.Refused) -> None:
        super().__init__(refused.message, **({"elements": refused.elements} if refused.elements else {}))
        self.code = refused.code
        self.http_status = STATUS[refused.code]


def app_error(error: Exception) -> Exception:
    """The same error in the words that projects/problems.py understands; others are handed back."""
    match error:
        case core.Refused():
            return RefusedOverHttp(error)
        case core.NoSuchCanvas():
            return NotFound(gettext("There is no such canvas, or you have no access to it."))
        case core.Unavailable():
            return Unavailable()
    return error


@contextmanager
def over_http() -> Iterator[None]:
    try:
        yield
    except core.CanvasError as error:
        raise app_error(error) from error
