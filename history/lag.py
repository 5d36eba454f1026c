"""Publishes how far history is behind, for whoever shows it (SPEC.md, LA rules). Nobody waits for Redis."""

import logging
import time
from collections.abc import Collection, Hashable
from datetime import UTC, datetime

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

LAG_KEY = "history:lag"
EXPIRES_SECONDS = 15
_TIMEOUT_SECONDS = 0.2
_PAUSE_SECONDS = 5.0  # after a failure


class Lag:
    def __init__(self) -> None:
        self._behind_since: dict[Hashable, datetime] = {}
        self._silent_until = 0.0
        self._redis = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )

    def note(self, shard: Hashable, commit_time: datetime | None) -> None:
        """The shard is archived up to `commit_time`; None: it has nothing waiting."""
        if commit_time is None:
            self._behind_since.pop(shard, None)
        else:
            self._behind_since[shard] = commit_time

    @property
    def seconds(self) -> float:
        since = min(list(self._behind_since.values()), default=None)  # a copy: metrics ask from another thread
        return max(0.0, (datetime.now(UTC) - since).total_seconds()) if since else 0.0

    def only(self, shards: Collection[Hashable]) -> None:
        """Other shards are no longer this worker's to tell of."""
        self._behind_since = {key: since for key, since in self._behind_since.items() if key in shards}

    def publish(self, elsewhere: float = 0.0, *, lasting: bool = False) -> None:
        """`elsewhere` is how far the other workers' shards are behind. `lasting` until the next time, for whoever is
        called only while there is something to do."""
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.set(LAG_KEY, f"{max(self.seconds, elsewhere):.3f}", ex=None if lasting else EXPIRES_SECONDS)
        except redis.RedisError as error:
            if not self._silent_until:
                logger.warning("Redis is away, the lag is not published: %s", error)
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
        else:
            self._silent_until = 0.0
