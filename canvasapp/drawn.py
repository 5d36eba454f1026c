"""Pictures of canvases that were drawn before: kept in the cache, drawn anew where there is none."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from redis.exceptions import RedisError

KEPT_SECONDS = 7 * 24 * 3600
MAX_KEPT = 2 * 1024 * 1024  # characters; a larger picture is drawn each time

logger = logging.getLogger(__name__)


def drawn(key: str, draw: Callable[[], str]) -> str:
    """The picture of that name, which says all that it depends on."""
    try:
        kept = cache.get(key)
        if isinstance(kept, str):
            return kept
        picture = draw()
        if len(picture) <= MAX_KEPT:
            cache.set(key, picture, KEPT_SECONDS)
    except RedisError as error:
        logger.warning("pictures are not kept: %s", error)
        return draw()
    return picture
