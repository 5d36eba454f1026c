"""Notes in SQL who exported or verified which history. The only writer of AuditRecord.

Call it before the first byte goes out: when it cannot be noted, it does not happen.
"""

import getpass
import socket
from typing import Any

from django.dispatch import receiver

from canvasapp.signals import canvas_purged
from history.models import AuditRecord

PURGE = "canvas.purge"

MAX_DETAIL = 500  # characters of one value: filters are the reader's words


def note(
    *,
    action: str,
    user_id: str,
    project: str = "",
    canvas: str = "",
    details: dict[str, Any] | None = None,
    origin: str = "",
) -> None:
    """`origin` is where it came from: an address, or a machine's name. Of `details`, what is None is left out."""
    AuditRecord.objects.create(
        action=action,
        user_id=user_id,
        project=project[:64],
        canvas=canvas[:64],
        origin=origin[:64],
        details={name: _short(value) for name, value in (details or {}).items() if value is not None},
    )


def was_purged(canvas: str) -> bool:
    """Whether the product removed this canvas for good, so that its log is not missing."""
    return AuditRecord.objects.filter(action=PURGE, canvas=canvas).exists()


@receiver(canvas_purged)
def note_purge(canvas_id: str, **_: Any) -> None:
    if not was_purged(canvas_id):  # a purge that broke off is asked for again
        note_command(action=PURGE, canvas=canvas_id)


def note_command(*, action: str, project: str = "", canvas: str = "", details: dict[str, Any] | None = None) -> None:
    """The same for a management command: who is the account of the operating system."""
    note(
        action=action,
        user_id=f"operator:{_operator()}",
        project=project,
        canvas=canvas,
        details=details,
        origin=socket.gethostname(),
    )


def _operator() -> str:
    try:
        return getpass.getuser()[:64]
    except (KeyError, OSError):  # a container's user often has no name
        return "-"


def _short(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:MAX_DETAIL]
