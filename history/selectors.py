"""What is asked of history: change records by any combination of filters, and their counts. Blocking.

MongoDB's errors come out as projects' Unavailable.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from mongoengine.errors import OperationError
from pymongo.errors import OperationFailure, PyMongoError

from canvasapp.ops import Create
from canvasapp.selectors import CanvasAccess
from history import timetravel
from history.blame import Blame, blame, touches
from history.documents import ChangeRecord, open_archive
from history.rarest import rarest_index
from history.retention import oldest_told
from history.touching import commits_touching
from projects.exceptions import Forgotten, Invalid, Unavailable
from projects.selectors import Page, people

SECONDS = 5  # for one page or count; beyond it the question is refused
EXPORT_BATCH = 50  # records of up to 256 KiB
_BAD_HINT = 2  # MongoDB's code for a hint at what does not exist


@dataclass(frozen=True, slots=True)
class Filters:
    """All given ones must hold. A change counts to the moment when it ended: `since` included, `until` not."""

    canvas: str | None = None
    user: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    element_type: str | None = None
    action: str | None = None
    element: str | None = None
    told_since: datetime | None = None  # what is older is told to nobody
    hidden: AbstractSet[str] = frozenset()  # canvases that nobody can open now

    def as_query(self, project_id: str) -> dict[str, Any]:
        query: dict[str, Any] = {"project": project_id}
        for name in ("canvas", "user", "element_type", "action", "element"):
            if (wanted := getattr(self, name)) is not None:
                query[name] = wanted
        if self.hidden and self.canvas is None:
            query["canvas"] = {"$nin": sorted(self.hidden)}
        elif self.canvas in self.hidden:
            query["canvas"] = {"$in": []}
        begin = max(filter(None, (self.since, self.told_since)), default=None)
        moments = {"$gte": begin, "$lt": self.until}
        if asked := {operator: moment for operator, moment in moments.items() if moment is not None}:
            query["ended_at"] = asked
        return query


def history_page(*, project_id: str, filters: Filters, limit: int, cursor: str | None) -> Page[dict[str, Any]]:
    """Newest first. A change that goes on while one turns pages may be met again."""
    asked = query = filters.as_query(project_id)
    if cursor:
        ended_at, record_id = _read_cursor(cursor)
        behind = {"$or": [{"ended_at": {"$lt": ended_at}}, {"ended_at": ended_at, "_id": {"$lt": record_id}}]}
        # The bound by itself lets the index be entered at the cursor; the alternative only settles ties.
        query = {"$and": [query, {"ended_at": {"$lte": ended_at}}, behind]}
    with reaching_mongodb():
        records = _newest_first(query).limit(limit + 1).max_time_ms(SECONDS * 1_000)
        try:
            index = rarest_index(asked)
            found = list(records.clone().hint(index) if index else records)
        except OperationFailure as error:
            if error.code != _BAD_HINT:
                raise
            found = list(records)  # the index is not built yet: slower, and as right
    more = len(found) > limit
    return Page(_answers(found[:limit]), _cursor(found[limit - 1]) if more else None)


def history_rows(*, project_id: str, filters: Filters) -> Iterator[dict[str, Any]]:
    """All of it, newest first, however much: for exports."""
    with reaching_mongodb():
        cursor = _newest_first(filters.as_query(project_id)).batch_size(EXPORT_BATCH)
        batch: list[dict[str, Any]] = []
        for record in cursor:
            batch.append(record)
            if len(batch) == EXPORT_BATCH:
                yield from _answers(batch)
                batch = []
        yield from _answers(batch)


def history_counts(*, project_id: str, filters: Filters, zone: str = "UTC") -> list[dict[str, Any]]:
    """How many changes each user ended on each day of that time zone, newest day first."""
    day = {"$dateToString": {"date": "$ended_at", "format": "%Y-%m-%d", "timezone": zone}}
    with reaching_mongodb():
        counted = list(
            ChangeRecord._get_collection().aggregate(
                [
                    {"$match": filters.as_query(project_id)},
                    {"$group": {"_id": {"day": day, "user": "$user"}, "changes": {"$sum": 1}}},
                    {"$sort": {"_id.day": -1, "changes": -1, "_id.user": 1}},
                ],
                maxTimeMS=SECONDS * 1_000,
            )
        )
    shown = people_shown({row["_id"]["user"] for row in counted})
    return [{"day": row["_id"]["day"], "user": shown[row["_id"]["user"]], "changes": row["changes"]} for row in counted]


def element_blame(access: CanvasAccess, element_id: str, last: int) -> Blame | None:
    """Who set what of the element, as it is after commit `last`; None where there was no such element.

    Raises Forgotten, TooMuch, Unavailable, LogCorrupt.
    """
    with reaching_mongodb():
        oldest = oldest_told(access)
        if last < oldest:
            raise Forgotten
        ops = touches(commits_touching(access.canvas_id, element_id, oldest + 1, last), element_id)
        begins = ops and type(ops[0].op) is Create
        base = None
        if oldest and not begins:
            base = timetravel.state_at(access.canvas_id, oldest).elements.get(element_id)
        return blame(base, ops)


@contextmanager
def reaching_mongodb() -> Iterator[None]:
    open_archive()
    try:
        yield
    except (PyMongoError, OperationError) as error:
        raise Unavailable("The history cannot be asked just now.") from error


def _newest_first(query: dict[str, Any]) -> Any:
    return ChangeRecord._get_collection().find(query).sort([("ended_at", -1), ("_id", -1)])


def _answers(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shown = people_shown({record["user"] for record in records})
    return [
        {
            "id": str(record["_id"]),
            "canvas": record["canvas"],
            "element": record["element"],
            "element_type": record["element_type"],
            "family": record["family"],
            "action": record["action"],
            "user": shown[record["user"]],
            "client": record["client"],
            "gesture": record.get("gesture"),
            "first_seq": record["first_seq"],
            "last_seq": record["last_seq"],
            "from": _rfc3339(record["begun_at"]),
            "to": _rfc3339(record["ended_at"]),
            "changes": [_changed(value) for value in record.get("values", ())],
        }
        for record in records
    ]


def _changed(value: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"path": value["path"]}
    if value.get("appended"):
        return told | {"appended": value["appended"]}
    if value.get("shortened"):
        told["shortened"] = True
    for side in ("before", "after"):
        told[side] = json.loads(value[side]) if value.get(side) is not None else None
    return told


def people_shown(ids: set[str]) -> dict[str, dict[str, Any]]:
    """As the answers show them; of an account that is gone, or was never one, the id alone."""
    accounts = people(ids)
    return {
        user_id: {
            "id": user_id,
            "name": accounts[user_id].display_name if user_id in accounts else None,
            "color": accounts[user_id].color if user_id in accounts else None,
        }
        for user_id in ids
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cursor(record: dict[str, Any]) -> str:
    milliseconds = round(record["ended_at"].timestamp() * 1_000)
    return urlsafe_b64encode(milliseconds.to_bytes(8) + record["_id"].binary).decode()


def _read_cursor(cursor: str) -> tuple[datetime, ObjectId]:
    try:
        raw = urlsafe_b64decode(cursor)
        return datetime.fromtimestamp(int.from_bytes(raw[:8]) / 1_000, UTC), ObjectId(raw[8:])
    except (binascii.Error, ValueError, OverflowError, OSError, TypeError) as error:
        raise Invalid("The page is not valid.", errors={"cursor": ["Not a cursor of this list."]}) from error
