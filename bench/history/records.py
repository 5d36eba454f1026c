"""Change records by the million: pages by every kind of filter and counts, through the REST endpoints."""

import random
import string
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate, islice
from typing import Any

from bson import ObjectId
from pymongo.errors import OperationFailure

from bench.history.figures import TIMES, Times, table
from history.changes import Action, Change, Value
from history.documents import ChangeRecord
from history.records import document_of
from history.selectors import Filters
from projects.testing import Api

BATCH = 10_000
DAYS = 90
NOW = datetime(2026, 11, 1, tzinfo=UTC)
TYPES = {
    "rectangle": 330,
    "text": 220,
    "arrow": 150,
    "freedraw": 110,
    "ellipse": 80,
    "diamond": 50,
    "line": 30,
    "image": 20,
    "frame": 6,
    "embeddable": 2,
    "iframe": 1,
    "magicframe": 1,
}
ACTIONS = {"update": 720, "create": 200, "delete": 70, "restore": 10}
CANVASES, PEOPLE = 50, 40


def skewed(count: int) -> list[float]:
    """The first has a third of all, the others ever less."""
    rest = [1 / (place + 1) for place in range(1, count)]
    return [0.5 * sum(rest), *rest]


class World:
    """Who and what is in the records. The last person was there in the first ten days only, and so was the rarest type;
    the first person never touched an image."""

    def __init__(self, project: str, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.project = project
        self.canvases = [self._id() for _ in range(CANVASES)]
        self.people = [self._id()[:22] for _ in range(PEOPLE)]
        self.types, self.actions = list(TYPES), list(ACTIONS)
        self._weights: dict[str, list[float]] = {
            "canvas": list(accumulate(skewed(CANVASES))),
            "user": list(accumulate(skewed(PEOPLE))),
            "type": list(accumulate(TYPES.values())),
            "action": list(accumulate(ACTIONS.values())),
        }

    def _id(self) -> str:
        return "".join(self.random.choices(string.hexdigits[:16], k=32))

    def _pick(self, choices: list[str], kind: str) -> str:
        return self.random.choices(choices, cum_weights=self._weights[kind])[0]

    def records(self, count: int) -> Iterator[dict[str, Any]]:
        """In the order of time, as they are recorded."""
        step = timedelta(days=DAYS) / count
        template = _template(self.project)
        for number in range(count):
            ended = NOW - timedelta(days=DAYS) + number * step
            early = number < count / 9
            user = self._pick(self.people[: None if early else -1], "user") if early else self._present()
            kind = self._pick(self.types, "type")
            if (kind == "magicframe" and not early) or (kind == "image" and user == self.people[0]):
                kind = "rectangle"
            canvas = self._pick(self.canvases, "canvas")
            gesture = f"{number:032x}"
            client = user[:16]
            yield template | {
                "_id": ObjectId(),
                "canvas": canvas,
                "key": f"{user}/{client}/{gesture}",
                "element": f"{self.random.randrange(max(1, count // 100)):021d}",
                "element_type": kind,
                "action": self._pick(self.actions, "action"),
                "user": user,
                "client": client,
                "gesture": gesture,
                "first_seq": number + 1,
                "last_seq": number + 3,
                "begun_at": ended - timedelta(seconds=2),
                "ended_at": ended,
            }

    def _present(self) -> str:
        weights = self._weights["user"][:-1]
        return self.random.choices(self.people[:-1], cum_weights=weights)[0]


def _template(project: str) -> dict[str, Any]:
    """A record as the worker writes it."""
    change = Change(
        canvas="c",
        key="k",
        element="e",
        element_type="rectangle",
        action=Action.UPDATE,
        user="u",
        client="t",
        gesture="g",
        first_seq=1,
        last_seq=2,
        begun_at=NOW,
        ended_at=NOW,
        values={
            "position.x": Value("104.5", "330.25"),
            "position.y": Value("98", "412.75"),
            "properties.strokeColor": Value('"#1e1e1e"', '"#e03131"'),
        },
    )
    return document_of(project, change)


def insert(world: World, count: int) -> float:
    """Records a second."""
    rows, collection, spent = world.records(count), ChangeRecord._get_collection(), 0.0
    while batch := list(islice(rows, BATCH)):
        begun = time.perf_counter()
        collection.insert_many(batch, ordered=False)
        spent += time.perf_counter() - begun
    return count / spent


def kinds(world: World) -> dict[str, list[dict[str, str]]]:
    """Filters by kind, common and rare values in each."""
    canvases = [world.canvases[0], world.canvases[1], world.canvases[-1]]
    people = [world.people[0], world.people[1], world.people[-1]]
    types, actions = ["rectangle", "image", "magicframe"], ["update", "delete", "restore"]
    element = f"{world.random.randrange(100):021d}"
    weeks = [{"since": _at(NOW - timedelta(days=day)), "until": _at(NOW - timedelta(days=day - 7))} for day in (7, 60)]
    pairs = {
        "canvas": [{"canvas": value} for value in canvases],
        "user": [{"user": value} for value in people],
        "element_type": [{"element_type": value} for value in types],
        "action": [{"action": value} for value in actions],
    }
    asked: dict[str, list[dict[str, str]]] = {
        "nothing": [{}],
        "a week": weeks,
        "element": [{"element": element}],
        **pairs,
    }
    names = list(pairs)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            asked[f"{one}, {other}"] = [a | b for a in pairs[one] for b in pairs[other]]
    asked["canvas, user, element_type"] = [
        a | b | c for a in pairs["canvas"] for b in pairs["user"] for c in pairs["element_type"]
    ]
    asked["all four"] = [a | b for a in asked["canvas, user, element_type"] for b in pairs["action"]]
    asked["user, element_type, a week"] = [a | w for a in asked["user, element_type"] for w in weeks]
    return asked


def _at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def measure_pages(api: Api, world: World, repeats: int, deep: int) -> list[Times]:
    """Each filter's first page, and pages `deep` of them behind it."""
    rows: list[list[Any]] = []
    every: list[Times] = []
    floor = Times()
    for _ in range(10 * repeats):
        assert floor.of(lambda: api.get(f"projects/{world.project}/")).status_code == 200
    rows.append(["(a project, for comparison)", *floor.row(), "", "", "", "", ""])
    for kind, asked in kinds(world).items():
        first, later = Times(), Times()
        worst, refused = (0, 0, 0), 0
        for filters in asked:
            worst = max(worst, _explained(world.project, filters))
            for _ in range(repeats):
                cursor = ""
                for page in range(1 + deep):
                    times = later if page else first
                    answer = times.of(partial(_page, api, world.project, filters, cursor))
                    refused += answer is None
                    cursor = (answer or {}).get("next") or ""
                    if not cursor:
                        break
        every += [first, later]
        rows.append([kind, *first.row(), later.at(0.95) if later.taken else "", *worst, refused])
    head = ["filters", *TIMES, "p95 of later pages", "most keys examined", "returned", "MongoDB's ms", "refused"]
    table("Pages of 50 through REST", head, rows)
    return every


def _page(api: Api, project: str, filters: dict[str, str], cursor: str) -> dict[str, Any] | None:
    query = filters | ({"cursor": cursor} if cursor else {})
    answer = api.client.get(f"/api/v1/projects/{project}/history/", query, headers=api.headers)
    return answer.json() if answer.status_code == 200 else None


def _explained(project: str, filters: dict[str, str]) -> tuple[int, int, int]:
    """Keys examined, records returned, and MongoDB's own milliseconds."""
    moments = {name: datetime.fromisoformat(filters[name]) for name in ("since", "until") if name in filters}
    query = Filters(**(filters | moments)).as_query(project)  # type: ignore[arg-type]
    cursor = ChangeRecord._get_collection().find(query).sort([("ended_at", -1), ("_id", -1)]).limit(51)
    try:
        stats = cursor.explain()["executionStats"]
    except OperationFailure:
        return 0, 0, 0
    return stats["totalKeysExamined"], stats["nReturned"], stats["executionTimeMillis"]


def measure_counts(api: Api, world: World, repeats: int) -> None:
    rows = []
    month = {"since": _at(NOW - timedelta(days=30))}
    week = {"since": _at(NOW - timedelta(days=7))}
    address = f"/api/v1/projects/{world.project}/history/counts/"
    asked: dict[str, dict[str, str]] = {
        "everything": {},
        "a month": month,
        "a week": week,
        "the first canvas": {"canvas": world.canvases[0]},
        "the first person": {"user": world.people[0]},
        "the first person, a month": {"user": world.people[0]} | month,
        "person and type": {"user": world.people[0], "element_type": "text"},
    }
    for name, filters in asked.items():
        times, refused = Times(), 0
        for _ in range(repeats):
            answer = times.of(partial(api.client.get, address, filters, headers=api.headers))
            refused += answer.status_code != 200
        rows.append([name, *times.row(), refused])
    table("Counts by day and person", ["of", *TIMES, "refused"], rows)
