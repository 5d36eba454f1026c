"""What the canvas core raises. `code` is the protocol's reject code."""

from typing import Any


class CanvasError(Exception):
    """Base of the core's errors."""


class Refused(CanvasError):
    """An intent that does not apply; nothing of it was done.

    `elements` are the current states of the elements it is about, as plain dicts, where they help the author.
    """

    def __init__(self, code: str, message: str, elements: list[dict[str, Any]] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.elements = elements or []


class Repeated(CanvasError):
    """An intent that is in the log already, in commit `seq`."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"committed before, in commit {seq}")
        self.seq = seq


class Unavailable(CanvasError):
    """The store cannot be reached now; whether a write landed may be unknown. Safe to retry."""


class NoSuchCanvas(CanvasError):
    """The canvas has no head record (never made, or deleted)."""


class LogCorrupt(CanvasError):
    """A stored commit cannot be read, or the chain of hashes does not hold."""
