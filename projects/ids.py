"""Identifiers of what lives in DynamoDB."""

import secrets
import time
import uuid

ID_PATTERN = "[0-9A-Za-z_-]{1,64}"


def id_new() -> str:
    """A version 7 UUID as hex: sorts by time of creation, so that a Query's order is the order people expect."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(3 << 62) | 2 << 62
    return uuid.UUID(int=value).hex
