"""What the core's errors are over HTTP. Sockets have their own words for them (realtime/)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext

from canvasapp import exceptions as core
from projects.exceptions import AppError, NotFound, Unavailable

logger = logging.getLogger(__name__)

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


class LogDamaged(AppError):
    """A fault of what is stored: asking again does not help, `manage.py verify_log` says where it is."""

    code, http_status = "log_damaged", 500

    @classmethod
    def default_message(cls) -> str:
        return gettext("What is recorded of this canvas is damaged here; it has been logged.")


def app_error(error: Exception) -> Exception:
    """The same error in the words that projects/problems.py understands; others are handed back."""
    match error:
        case core.Refused():
            return RefusedOverHttp(error)
        case core.NoSuchCanvas():
            return NotFound(gettext("There is no such canvas, or you have no access to it."))
        case core.Unavailable():
            return Unavailable()
        case core.LogCorrupt():
            logger.error("%s", error)
            return LogDamaged()
    return error


@contextmanager
def over_http() -> Iterator[None]:
    try:
        yield
    except core.CanvasError as error:
        raise app_error(error) from error
