"""GetProjectHistory, counts, exports and past states over REST, with the attacks on them."""

import csv
import io
import json
import re
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache

from canvasapp.ops import Delete
from canvasapp.services import canvas_create
from canvasapp.testing import build_intent, move, rectangle
from history import export
from history.documents import ChangeRecord, CommitArchive, create_indexes
from history.models import AuditRecord
from history.rarest import rarest_index
from history.tests.conftest import Canvas
from projects.access import Role
from projects.services import member_add, project_create
from projects.testing import Api, assert_problem

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),  # the tests' client is synchronous
]


@pytest.fixture
def told(board: Canvas, alice, bob) -> Canvas:
    """Five changes by two people on two days."""
    ada, bo = str(alice.pk), str(bob.pk)
    board.commit(build_intent(rectangle("a"), rectangle("b"), user=ada), at="2026-01-01T10:00:00.000Z")
    board.commit(build_intent(move("a", 5), user=bo), at="2026-01-01T11:00:00.000Z")
    board.commit(build_intent(move("a", 6), user=ada), at="2026-01-02T09:00:00.000Z")
    board.commit(build_intent(Delete("b"), user=bo), at="2026-01-02T10:00:00.000Z")
    board.record()
    return board


@pytest.fixture
def url(project) -> str:
    return f"projects/{project.id}/history/"


def told_of(response: Any) -> list[tuple[str, str, int]]:
    assert response.status_code == 200, response.content
    return [(row["action"], row["element"], row["last_seq"]) for row in response.json()["results"]]


ALL = [("delete", "b", 4), ("update", "a", 3), ("update", "a", 2), ("create", "b", 1), ("create", "a", 1)]


def test_all_changes_are_told_newest_first_with_who_and_what(told, url, alice, bob):
    response = Api(alice).get(url)
    assert told_of(response) == ALL
    row = response.json()["results"][2]
    assert row["user"] == {"id": str(bob.pk), "name": bob.display_name, "color": bob.color}
    assert (row["canvas"], row["element_type"], row["family"]) == (told.id, "rectangle", "shape")
    assert (row["from"], row["to"]) == ("2026-01-01T11:00:00.000Z",) * 2
    assert {"path": "position.x", "before": 0, "after": 5} in row["changes"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"action": "update"}, ALL[1:3]),
        ({"element": "b"}, [ALL[0], ALL[3]]),
        ({"element_type": "ellipse"}, []),
        ({"element_type": "rectangle", "action": "create"}, ALL[3:]),
        ({"since": "2026-01-02T00:00:00Z"}, ALL[:2]),
        ({"until": "2026-01-01T11:00:00Z"}, ALL[3:]),
        ({"since": "2026-01-01T11:00:00+00:00", "until": "2026-01-02T10:00:00+01:00"}, ALL[2:3]),
        ({"since": "2026-01-01T11:00:00Z", "action": "update", "element": "a"}, ALL[1:3]),
    ],
)
def test_filters_combine_freely(told, url, alice, query, expected):
    client = Api(alice).client
    response = client.get(f"/api/v1/{url}", query, headers=Api(alice).headers)
    assert told_of(response) == expected


def test_filters_of_people_and_canvases(told, url, project, alice, bob):
    other = Canvas(canvas_create(project_id=project.id, name="Other", created_by=alice))
    other.commit(build_intent(rectangle("z"), user=str(bob.pk)), at="2026-02-01T00:00:00.000Z")
    other.record()
    api = Api(alice)
    assert told_of(api.get(f"{url}?canvas={other.id}")) == [("create", "z", 1)]
    assert told_of(api.get(f"{url}?user={bob.pk}")) == [("create", "z", 1), ALL[0], ALL[2]]
    assert told_of(api.get(f"{url}?user={bob.pk}&canvas={told.id}&action=delete")) == ALL[:1]


def test_pages_join_without_gap_or_repetition_also_where_times_are_equal(told, url, alice):
    told.commit(build_intent(*(rectangle(f"n{n}") for n in range(7))), at="2026-01-03T00:00:00.000Z")
    told.record()
    met: list[tuple[str, str, int]] = []
    cursor: str | None = ""
    while cursor is not None:
        response = Api(alice).get(f"{url}?limit=3{'&cursor=' + cursor if cursor else ''}")
        met += told_of(response)
        cursor = response.json()["next"]
    assert len(met) == len(set(met)) == 12
    assert met == told_of(Api(alice).get(url))


def test_counts_are_by_day_and_person(told, url, alice, bob):
    rows = Api(alice).get(f"{url}counts/").json()["results"]
    assert sorted((row["day"], row["user"]["id"], row["changes"]) for row in rows) == sorted(
        [
            ("2026-01-01", str(alice.pk), 2),
            ("2026-01-01", str(bob.pk), 1),
            ("2026-01-02", str(alice.pk), 1),
            ("2026-01-02", str(bob.pk), 1),
        ]
    )
    (row,) = Api(alice).get(f"{url}counts/?action=delete").json()["results"]
    assert (row["day"], row["user"]["name"], row["changes"]) == ("2026-01-02", bob.display_name, 1)


def test_counted_days_are_those_of_the_time_zone_that_is_asked_for(told, url, alice):
    def days(zone: str) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for row in Api(alice).get(f"{url}counts/?tz={zone}").json()["results"]:
            counted[row["day"]] += row["changes"]
        return dict(counted)

    assert days("UTC") == {"2026-01-01": 3, "2026-01-02": 2}
    assert days("Pacific/Kiritimati") == {"2026-01-02": 4, "2026-01-03": 1}
    assert days("Pacific/Pago_Pago") == {"2025-12-31": 2, "2026-01-01": 3}


@pytest.mark.parametrize("zone", ["Moon/Crater", "../etc/passwd", "localtime", "$now", "UTC%00", "x" * 5_000])
def test_what_is_no_time_zone_is_refused(told, url, alice, zone):
    response = Api(alice).get(f"{url}counts/?tz={zone}")
    assert response.status_code == 400
    assert response.json()["errors"].keys() == {"tz"}


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return b"".join(response).decode()


def test_the_export_has_every_line(told, url, alice):
    rows = list(csv.DictReader(io.StringIO(text_of(Api(alice).get(f"{url}export/")))))
    assert [(row["action"], row["element"], int(row["last_seq"])) for row in rows] == ALL
    assert json.loads(rows[1]["changes"])[0]["path"] == "position.x"
    lines = text_of(Api(alice).get(f"{url}export/?as=jsonl&action=update")).splitlines()
    assert [json.loads(line)["last_seq"] for line in lines] == [3, 2]


def test_an_export_is_noted_also_before_the_first_line_is_read(told, url, project, alice):
    Api(alice).get(f"{url}export/?as=jsonl&action=update&since=2026-01-01T00:00:00Z")
    (noted,) = AuditRecord.objects.all()
    assert (noted.action, noted.user_id, noted.project) == ("history.export", str(alice.pk), project.id)
    assert noted.details == {"as": "jsonl", "action": "update", "since": "2026-01-01 00:00:00+00:00"}


def test_the_export_cannot_smuggle_a_formula_into_a_spreadsheet(told, url, alice, bob):
    bob.name = '=HYPERLINK("http://evil.example")'
    bob.save()
    rows = list(csv.DictReader(io.StringIO(text_of(Api(alice).get(f"{url}export/")))))
    assert {row["user_name"][0] for row in rows if row["user"] == str(bob.pk)} == {"'"}


def test_nor_one_behind_a_semicolon_or_a_line_end():
    hidden = "x;=1+1\n=1+1;@SUM(1)"
    row = dict.fromkeys(export.COLUMNS, "x") | {
        "user": {"id": "u", "name": hidden},
        "gesture": hidden,
        "changes": [{"path": "properties.text", "before": None, "after": hidden}],
    }
    written = "".join(export.as_csv([row]))
    assert not re.search(r"[;\n]\s*[=@]", written)
    (read,) = csv.DictReader(io.StringIO(written, newline=""))
    assert json.loads(read["changes"]) == row["changes"]


def test_every_past_state_can_be_asked_for(told, alice):
    def at(query: str) -> tuple[int, str | None, dict[str, float]]:
        body = Api(alice).get(f"canvases/{told.id}/at/?{query}").json()
        return body["seq"], body["at"], {e["id"]: e["position"]["x"] for e in body["elements"]}

    assert at("seq=0") == (0, None, {})
    assert at("seq=2") == (2, "2026-01-01T11:00:00.000Z", {"a": 5, "b": 0})
    assert at("time=2026-01-02T09:30:00Z") == (3, "2026-01-02T09:00:00.000Z", {"a": 6, "b": 0})
    assert at("seq=4") == (4, "2026-01-02T10:00:00.000Z", {"a": 6})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "seq"),
        ("seq=1&time=2026-01-01T00:00:00Z", "seq"),
        ("seq=-1", "seq"),
        ("seq=x", "seq"),
        ("seq=" + "9" * 30, "seq"),
        ("time=soon", "time"),
        ("time=2026-02-31T00:00:00Z", "time"),
        ("time=0001-01-01T00:00:00%2B14:00", "time"),
    ],
)
def test_a_moment_that_makes_no_sense_is_refused(told, alice, query, field):
    assert field in assert_problem(Api(alice).get(f"canvases/{told.id}/at/?{query}"), 400, "invalid")["errors"]


def test_a_commit_that_is_not_there_is_not_found(told, alice):
    assert_problem(Api(alice).get(f"canvases/{told.id}/at/?seq=5"), 404, "not_found")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("until=9999-12-31T23:59:59-14:00", "until"),
        ("action=explode", "action"),
        ("canvas=" + "x" * 100, "canvas"),
        ("limit=0", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=AAAA", "cursor"),
        ("cursor=" + "_" * 27 + "8%3D", "cursor"),
    ],
)
def test_filters_that_make_no_sense_are_refused(told, url, alice, query, field):
    assert field in assert_problem(Api(alice).get(f"{url}?{query}"), 400, "invalid")["errors"]


def test_only_members_see_the_history_and_only_of_their_project(told, url, project, alice, bob, charlie):
    for path in (url, f"{url}counts/", f"{url}export/", f"canvases/{told.id}/at/?seq=1"):
        assert_problem(Api(charlie).get(path), 404, "not_found")
        assert_problem(Api().get(path), 401, "unauthenticated")
    member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)
    assert told_of(Api(bob).get(url)) == ALL
    theirs = project_create(name="Theirs", created_by=charlie)
    assert told_of(Api(charlie).get(f"projects/{theirs.id}/history/?canvas={told.id}")) == []


def test_values_of_operators_are_values_only(told, url, alice):
    for query in ("user[$ne]=x", "user=%7B%22$ne%22:null%7D", "element=$where"):
        assert Api(alice).get(f"{url}?{query}").status_code == 200
    assert told_of(Api(alice).get(f"{url}?user=%7B%22$ne%22:null%7D")) == []


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"canvas": "c"},
        {"user": "u"},
        {"element_type": "text"},
        {"action": "update"},
        {"element": "e"},
        {"user": "u", "action": "update"},
        {"canvas": "c", "element_type": "text", "user": "u", "action": "delete"},
    ],
)
def test_no_filter_scans_the_collection_or_sorts_in_memory(told, filters):
    query = {"project": "p", "ended_at": {"$gte": told_at("2026-01-01")}} | filters
    cursor = ChangeRecord._get_collection().find(query).sort([("ended_at", -1), ("_id", -1)])
    plan = json.dumps(cursor.explain()["queryPlanner"]["winningPlan"], default=str)
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert '"SORT"' not in plan


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, None),
        ({"action": "delete"}, None),
        ({"element": "b", "action": "delete"}, None),
        ({"element_type": "rectangle", "action": "delete"}, "by_action"),
        ({"element_type": "ellipse", "action": "create"}, "by_element_type"),
    ],
)
def test_the_index_of_the_rarest_is_read(told, project, filters, index):
    asked = {"project": project.id, **filters}
    assert rarest_index(asked) == index
    assert rarest_index(asked) == index, "from what is remembered"


def test_an_index_that_is_not_built_yet_hinders_nobody(told, url, alice):
    asked = f"{url}?element_type=rectangle&action=delete"
    before = Api(alice).get(asked).json()
    assert before["results"]
    try:
        ChangeRecord._get_collection().drop_index("by_action")
        assert Api(alice).get(asked).json() == before, "with what is remembered"
        cache.clear()
        assert Api(alice).get(asked).json() == before
    finally:
        create_indexes()


def test_a_filter_that_hides_canvases_needs_no_choice(told, project):
    assert rarest_index({"project": project.id, "canvas": {"$nin": ["c"]}, "action": "create"}) is None


def told_at(day: str) -> Any:

    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def test_a_damaged_commit_is_told_as_such(told, alice):
    """What is archived of commit 2 is commit 3's."""
    other = CommitArchive.objects(canvas=told.id, seq=3).first()
    CommitArchive.objects(canvas=told.id, seq=2).update_one(set__body=other.body)
    api, canvas = Api(alice), f"canvases/{told.id}"
    for answer in (
        api.get(f"{canvas}/at/?seq=2"),
        api.get(f"{canvas}/at/thumbnail.svg?seq=2"),
        api.post(f"{canvas}/restore/", {"seq": 2}),
        api.post(f"{canvas}/revert/", {"from_seq": 2}),
    ):
        assert_problem(answer, 500, "log_damaged")
    assert api.get(f"{canvas}/at/?seq=1").status_code == 200
