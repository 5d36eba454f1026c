"""Moments as people write them."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime


def moment_of(text: str) -> datetime:
    """An RFC 3339 time; without an offset, UTC. A plus sign that came as a space is put right. Raises ValueError."""
    moment = parse_datetime(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
    if moment is None:
        raise ValueError(f"{text[:80]!r} is not an RFC 3339 time")
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error
