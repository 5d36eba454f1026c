"""Which of several filters leaves the fewest change records: its index is the one to read. Blocking.

Left to itself MongoDB tries all indexes at once until one has answered, and those that fetch each record make that slow
by seconds where few match. How many records each filter leaves is counted up to a bound, and remembered for a while:
it only has to tell the rare from the common.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from redis.exceptions import RedisError

from history.documents import ChangeRecord

INDEXED = ("canvas", "user", "element_type", "action")  # each the beginning of an index, named by_ and so on
COUNTED = 20_000  # index keys, some 10 ms; what has more is common
REMEMBERED_SECONDS = 600
_SECONDS = 5

logger = logging.getLogger(__name__)


def rarest_index(query: Mapping[str, Any]) -> str | None:
    """The name of the index; None where MongoDB has not much of a choice."""
    asked = {name: query[name] for name in INDEXED if isinstance(query.get(name), str)}
    if len(asked) < 2 or "element" in query:
        return None
    keys = {name: f"history:records:{query['project']}:{name}:{quote(value)}" for name, value in asked.items()}
    known = _recall(list(keys.values()))
    left: dict[str, int] = {}
    for name, value in asked.items():
        left[name] = known[keys[name]] if keys[name] in known else _count(query["project"], name, value)
    _remember({keys[name]: count for name, count in left.items() if keys[name] not in known})
    return f"by_{min(left, key=left.__getitem__)}"


def _count(project: str, name: str, value: str) -> int:
    found: int = ChangeRecord._get_collection().count_documents(
        {"project": project, name: value}, limit=COUNTED, hint=f"by_{name}", maxTimeMS=_SECONDS * 1_000
    )
    return found


def _recall(keys: list[str]) -> dict[str, int]:
    try:
        known: dict[str, int] = cache.get_many(keys)
    except RedisError:
        return {}
    return known


def _remember(counts: dict[str, int]) -> None:
    try:
        if counts:
            cache.set_many(counts, REMEMBERED_SECONDS)
    except RedisError as error:
        logger.warning("counts of filters are not remembered: %s", error)
