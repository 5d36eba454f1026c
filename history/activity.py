"""How much was done on a canvas, by whom, along its commits: what a bar over the whole history shows. Blocking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canvasapp.selectors import CanvasAccess
from history.documents import ChangeRecord
from history.selectors import SECONDS, Filters, reaching_mongodb

MAX_STRETCHES = 1_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person's changes that ended with one of the commits `from_seq` to `to_seq`."""

    from_seq: int
    to_seq: int
    begun_at: datetime
    ended_at: datetime
    user: str
    changes: int


def canvas_activity(*, access: CanvasAccess, head: int, stretches: int) -> list[Stretch]:
    """Of the time that is told; in the order of the commits, the most active person of a stretch first."""
    size = max(1, -(-head // stretches))
    number = {"$floor": {"$divide": [{"$subtract": ["$last_seq", 1]}, size]}}
    wanted = Filters(canvas=access.canvas_id, told_since=access.told_since).as_query(access.project_id)
    pipeline: list[dict[str, Any]] = [
        {"$match": wanted | {"last_seq": {"$lte": head}}},
        {
            "$group": {
                "_id": {"number": number, "user": "$user"},
                "begun_at": {"$min": "$ended_at"},
                "ended_at": {"$max": "$ended_at"},
                "changes": {"$sum": 1},
            }
        },
        {"$sort": {"_id.number": 1, "changes": -1, "_id.user": 1}},
    ]
    with reaching_mongodb():
        rows = list(ChangeRecord._get_collection().aggregate(pipeline, maxTimeMS=SECONDS * 1_000))
    return [
        Stretch(
            from_seq=int(row["_id"]["number"]) * size + 1,
            to_seq=min(head, (int(row["_id"]["number"]) + 1) * size),
            begun_at=row["begun_at"],
            ended_at=row["ended_at"],
            user=row["_id"]["user"],
            changes=row["changes"],
        )
        for row in rows
    ]
