"""Counts attempts per minute in the cache, for the API and the pages alike.

Fails open: the cache is Redis, which is a hint here as elsewhere. A lost Redis must not lock everyone out, and the
password hash's own cost still slows a guesser down.
"""

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from projects.exceptions import RateLimited
from projects.models import username_normal

WINDOW_SECONDS = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counter:
    """Attempts of one kind from one place (or at one account) in the current window."""

    kind: str
    subject: str
    limit: int

    def take(self) -> None:
        """Counts an attempt and refuses what is beyond the limit, also of many that come at the same instant."""
        if self.count() > self.limit:
            raise _refusal()

    def check(self) -> None:
        """For what is counted only once it has turned out to count."""
        if self._read() >= self.limit:
            raise _refusal()

    def count(self) -> int:
        """How many there are now; 0 when that is not known."""
        key = self._key()
        try:
            cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
            return int(cache.incr(key))
        except (RedisError, ValueError):
            log.warning("Attempts cannot be counted: the cache is away.")
            return 0

    def _read(self) -> int:
        try:
            return int(cache.get(self._key(), 0))
        except RedisError:
            log.warning("Attempts cannot be read: the cache is away.")
            return 0

    def _key(self) -> str:
        return f"attempts:{self.kind}:{self.subject}:{int(time.time() // WINDOW_SECONDS)}"


def _refusal() -> RateLimited:
    return RateLimited(retry_after_seconds=int(WINDOW_SECONDS - time.time() % WINDOW_SECONDS) + 1)


def sign_up_counter(request: HttpRequest) -> Counter:
    return Counter("sign-up", address_of(request), settings.SIGN_UPS_PER_MINUTE)


def failed_sign_in_counters(request: HttpRequest, username: str) -> list[Counter]:
    """Only failures count, so that a program that signs in often is not punished; per account and per address."""
    return [
        Counter("sign-in-account", username_normal(username)[:64].encode().hex(), settings.FAILED_SIGN_INS_PER_MINUTE),
        Counter("sign-in-address", address_of(request), 5 * settings.FAILED_SIGN_INS_PER_MINUTE),
    ]


def asset_upload_counter(user_id: str) -> Counter:
    """Each upload costs a core for as long as its picture is decoded."""
    return Counter("asset-upload", user_id, settings.ASSET_UPLOADS_PER_MINUTE)


def history_counter(user_id: str) -> Counter:
    """Each reads much, or replays a log."""
    return Counter("history", user_id, settings.HISTORY_READS_PER_MINUTE)


def address_of(request: HttpRequest) -> str:
    """Behind our own proxy the last hop it added counts; anything before that is the client's word."""
    if settings.SECURE_PROXY_SSL_HEADER and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        return str(forwarded).rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
