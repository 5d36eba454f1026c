"""The AX rules of history/SPEC.md: who is told what of the past, by every endpoint, and how much of it."""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from canvasapp.services import canvas_create, canvas_delete, canvas_restore
from canvasapp.testing import build_intent, move, rectangle
from history.documents import ChangeRecord
from history.selectors import Filters
from history.tests.conftest import Canvas
from projects.access import Role
from projects.services import member_add, member_change, member_remove, project_archive, project_create, project_delete
from projects.testing import Api, assert_problem

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]

Call = Callable[[Api], Any]


@pytest.fixture
def drawn(board: Canvas, alice) -> Canvas:
    board.commit(build_intent(rectangle("a"), user=str(alice.pk)), at="2026-01-01T10:00:00.000Z")
    board.commit(build_intent(move("a", 5), user=str(alice.pk)), at="2026-01-01T11:00:00.000Z")
    board.record()
    return board


def asking(path: str) -> Call:
    return lambda api: api.get(path)


def sending(path: str, body: dict[str, Any]) -> Call:
    return lambda api: api.post(path, body)


@pytest.fixture
def of_project(project) -> list[Call]:
    history = f"projects/{project.id}/history/"
    return [asking(history + path) for path in ("", "counts/", "export/", "export/?as=jsonl")]


@pytest.fixture
def reads(drawn) -> list[Call]:
    canvas = f"canvases/{drawn.id}/"
    paths = (
        "at/?seq=1",
        "at/thumbnail.svg?seq=1",
        "versions/",
        "elements/a/blame/",
        "commits/?since=0",
        "activity/?head=2",
    )
    return [asking(canvas + path) for path in paths]


@pytest.fixture
def writes(drawn) -> list[Call]:
    canvas = f"canvases/{drawn.id}/"
    return [
        sending(f"{canvas}restore/", {"seq": 1, "dry_run": True}),
        sending(f"{canvas}revert/", {"from_seq": 2, "dry_run": True}),
        sending(f"{canvas}versions/", {"name": "x"}),
    ]


def all_answer(calls: list[Call], api: Api, *statuses: int) -> None:
    for call in calls:
        answer = call(api)
        assert answer.status_code in statuses, (answer.status_code, answer.content)


def all_refuse(calls: list[Call], api: Api, status: int, code: str) -> None:
    for call in calls:
        assert_problem(call(api), status, code)


@pytest.mark.parametrize("role", Role)
def test_ax1_each_role_reads_and_those_who_edit_change(of_project, reads, writes, project, alice, bob, role):
    member_add(project_id=project.id, user=bob, role=role, added_by=alice)
    all_answer([*of_project, *reads], Api(bob), 200)
    if role >= Role.EDITOR:
        all_answer(writes, Api(bob), 200, 201)
    else:
        all_refuse(writes, Api(bob), 403, "forbidden")


def test_ax1_strangers_and_those_who_left_are_told_nothing(of_project, reads, writes, project, alice, bob, charlie):
    every = [*of_project, *reads, *writes]
    all_refuse(every, Api(charlie), 404, "not_found")
    all_refuse(every, Api(), 401, "unauthenticated")
    member_add(project_id=project.id, user=bob, role=Role.EDITOR, added_by=alice)
    all_answer(every, Api(bob), 200, 201)
    member_change(project_id=project.id, user_id=str(bob.pk), role=Role.VIEWER)
    all_refuse(writes, Api(bob), 403, "forbidden")
    member_remove(project_id=project.id, user_id=str(bob.pk))
    all_refuse(every, Api(bob), 404, "not_found")


def test_ax1_an_archived_project_is_read_and_not_changed(of_project, reads, writes, project, alice):
    project_archive(project_id=project.id, archived_by=alice)
    all_answer([*of_project, *reads], Api(alice), 200)
    all_refuse(writes, Api(alice), 403, "forbidden")
    project_delete(project_id=project.id, deleted_by=alice)
    all_refuse([*of_project, *reads, *writes], Api(alice), 404, "not_found")


def test_ax2_a_canvas_in_the_trash_shows_through_nowhere(drawn, of_project, reads, writes, project, alice):
    other = Canvas(canvas_create(project_id=project.id, name="Other", created_by=alice))
    other.commit(build_intent(rectangle("o"), user=str(alice.pk)))
    other.record()
    api, history = Api(alice), f"projects/{project.id}/history/"
    canvas_delete(canvas_id=drawn.id, deleted_by=alice)
    all_refuse([*reads, *writes], api, 404, "not_found")

    def seen(query: str = "") -> set[str]:
        return {row["canvas"] for row in api.get(f"{history}{query}").json()["results"]}

    assert seen() == {other.id}
    for query in (f"?canvas={drawn.id}", "?element=a"):
        assert seen(query) == set()
        assert api.get(f"{history}counts/{query}").json()["results"] == []
        assert b"".join(api.get(f"{history}export/{query}")).count(b"\n") == 1
    assert drawn.id not in b"".join(api.get(f"{history}export/")).decode()
    canvas_restore(canvas_id=drawn.id)
    assert seen() == {drawn.id, other.id}


def combinations() -> Iterator[dict[str, Any]]:
    single = {
        "canvas": "c",
        "user": "u",
        "element_type": "text",
        "action": "update",
        "element": "e",
        "since": datetime(2026, 1, 1, tzinfo=UTC),
        "until": datetime(2027, 1, 1, tzinfo=UTC),
        "hidden": frozenset({"x", "y"}),
    }
    for size in range(len(single) + 1):
        yield from (dict(chosen) for chosen in itertools.combinations(single.items(), size))


def test_ax3_no_combination_of_filters_reads_without_an_index_or_sorts_in_memory(drawn):
    collection = ChangeRecord._get_collection()
    for filters in combinations():
        query = Filters(**filters).as_query("p")
        after = {"$and": [query, {"ended_at": {"$lte": datetime(2026, 6, 1, tzinfo=UTC)}}]}
        for asked in (query, after):
            found = collection.find(asked).sort([("ended_at", -1), ("_id", -1)]).explain()["queryPlanner"]
            plan = json.dumps(found["winningPlan"], default=str)
            assert "IXSCAN" in plan, filters
            assert "COLLSCAN" not in plan, filters
            assert '"SORT"' not in plan, filters


def test_ax3_every_combination_tells_what_fits_all_of_it(drawn, project, alice, bob):
    other = Canvas(canvas_create(project_id=project.id, name="Other", created_by=alice))
    other.commit(build_intent(rectangle("a"), user=str(bob.pk)), at="2026-01-01T10:30:00.000Z")
    other.record()
    api, history = Api(alice), f"projects/{project.id}/history/"
    rows = api.get(history).json()["results"]
    assert len(rows) == 3
    fits: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
        "canvas": (other.id, lambda row: row["canvas"] == other.id),
        "user": (str(alice.pk), lambda row: row["user"]["id"] == str(alice.pk)),
        "element_type": ("rectangle", lambda row: row["element_type"] == "rectangle"),
        "action": ("create", lambda row: row["action"] == "create"),
        "element": ("a", lambda row: row["element"] == "a"),
        "since": ("2026-01-01T10:15:00Z", lambda row: row["to"] >= "2026-01-01T10:15"),
        "until": ("2026-01-01T10:45:00Z", lambda row: row["to"] < "2026-01-01T10:45"),
    }
    for size in range(len(fits) + 1):
        for names in itertools.combinations(fits, size):
            query = "&".join(f"{name}={fits[name][0]}" for name in names)
            expected = [row for row in rows if all(fits[name][1](row) for name in names)]
            assert api.get(f"{history}?{query}").json()["results"] == expected, names


def test_ax3_whoever_is_gone_keeps_the_id_and_has_no_name(drawn, project, alice):
    drawn.commit(build_intent(move("a", 9), user="no-account-any-more"), at="2026-01-02T10:00:00.000Z")
    drawn.record()
    (row,) = Api(alice).get(f"projects/{project.id}/history/?user=no-account-any-more").json()["results"]
    assert row["user"] == {"id": "no-account-any-more", "name": None, "color": None}


def test_ax3_a_cursor_of_another_list_moves_only_within_what_one_may_read(drawn, project, alice, charlie):
    theirs = build_other(charlie)
    stolen = Api(charlie).get(f"projects/{theirs}/history/?limit=1").json()["next"]
    assert stolen
    rows = Api(alice).get(f"projects/{project.id}/history/?cursor={stolen}").json()["results"]
    assert {row["canvas"] for row in rows} <= {drawn.id}


def build_other(owner) -> str:
    made = project_create(name="Theirs", created_by=owner)
    canvas = Canvas(canvas_create(project_id=made.id, name="Board", created_by=owner))
    canvas.commit(build_intent(rectangle("s"), rectangle("t"), user=str(owner.pk)), at="2027-01-01T00:00:00.000Z")
    canvas.record()
    return str(made.id)


def test_ax3_any_length_of_time_may_be_asked_for(drawn, project, alice):
    history = f"projects/{project.id}/history/"
    wide = "since=0001-01-02T00:00:00Z&until=9999-12-30T00:00:00Z"
    assert len(Api(alice).get(f"{history}?{wide}").json()["results"]) == 2
    assert len(Api(alice).get(f"{history}counts/?{wide}").json()["results"]) == 1
    backwards = f"since={(datetime.now(UTC) + timedelta(days=1)):%Y-%m-%dT%H:%M:%SZ}&until=2026-01-01T00:00:00Z"
    assert Api(alice).get(f"{history}?{backwards}").json()["results"] == []


def test_ax4_nobody_asks_without_end(of_project, reads, writes, alice, bob, project, settings):
    settings.HISTORY_READS_PER_MINUTE = 2
    member_add(project_id=project.id, user=bob, role=Role.EDITOR, added_by=alice)
    api = Api(alice)
    costly = [*of_project[1:], *reads[:2], reads[3], *writes[:2]]
    answers = [call(api) for call in itertools.islice(itertools.cycle(costly), 6)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) >= 2  # a minute may end in between
    for answer in refused:
        assert_problem(answer, 429, "rate")
        assert int(answer.headers["Retry-After"]) > 0
    assert of_project[0](api).status_code == 200
    assert reads[0](Api(bob)).status_code == 200
