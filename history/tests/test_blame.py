"""The BL rules of history/SPEC.md: who set each property of an element."""

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canvasapp.commits import Commit
from canvasapp.ops import Append, Create, Delete, Restore, Update
from canvasapp.state import CanvasState, Draft
from canvasapp.testing import build_intent, move, note, rectangle, typed
from history import touching
from history.blame import blame, touches, value_at
from history.tests.conftest import Canvas
from projects.access import Role
from projects.services import member_add
from projects.testing import Api, assert_problem

PATHS = ("position.x", "position.y", "angle", "index", "properties.note", "properties.deep")


class Board:
    def __init__(self) -> None:
        self.state = CanvasState("c")
        self.log: list[Commit] = []

    def do(self, user: str, *ops) -> None:
        draft = Draft(self.state, uuid.uuid4().hex, f"2026-01-02T03:04:{len(self.log):02d}.000Z")
        draft.add(build_intent(*ops, user=user))
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        self.log.append(sealed.commit)

    def blame(self, element: str):
        return blame(None, touches(reversed(self.log), element))


STEP = st.tuples(
    st.sampled_from(["ada", "bob"]), st.sampled_from([*PATHS, "flip", "append", "drop"]), st.integers(0, 9)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=25))
def test_bl1_each_property_has_whoever_set_it_last(steps):
    board = Board()
    board.do("eve", rectangle("z"), rectangle("a", note="new"))
    expected = dict.fromkeys((*PATHS[:5], "dimensions.width", "dimensions.height"), ("eve", 1))
    deleted = None
    for user, what, value in steps:
        element = board.state.elements["a"]
        seq = board.state.seq + 1
        if element.deleted:
            board.do(user, Restore("a"))
            deleted = None
        elif what == "flip":
            board.do(user, Delete("a"))
            deleted = (user, seq)
        elif what == "append":
            board.do(user, Append("a", "properties.list", len(element.properties.get("list", [])), [value]))
            expected["properties.list"] = (user, seq)
        elif what == "drop":
            board.do(user, Update("a", {"properties.note": None}))
            expected.pop("properties.note", None)
        else:
            new = {"index": f"a{value}", "properties.note": str(value), "properties.deep": {"n": value}}
            path = "properties.deep.n" if what == "properties.deep" and "deep" in element.properties else what
            board.do(user, Update("a", {path: value if path.endswith(".n") else new.get(what, value)}))
            expected[what] = (user, seq)
        board.do("eve", move("z", seq))
    told = board.blame("a")
    assert {path: (mark.user, mark.seq) for path, mark in told.properties.items()} == expected
    assert (told.created.user, told.created.seq) == ("eve", 1)
    assert (told.deleted and (told.deleted.user, told.deleted.seq)) == deleted
    now = board.state.elements["a"]
    assert [value_at(told.element, path) for path in told.properties] == [value_at(now, p) for p in told.properties]


def test_bl1_a_text_belongs_to_whoever_typed_last():
    board = Board()
    board.do("ada", note("t", "hello"))
    board.do("bob", typed(board.state.elements["t"], "hello you"))
    told = board.blame("t")
    assert told.properties["properties.text"].user == "bob"
    assert value_at(told.element, "properties.text") == "hello you"
    assert told.properties["position.x"].user == "ada"


def test_bl2_what_was_made_anew_under_an_old_id_begins_anew():
    board = Board()
    board.do("ada", rectangle("a", note="old"))
    board.do("ada", Delete("a"))
    del board.state.elements["a"]  # its tombstone has passed its lifetime
    board.do("bob", rectangle("a", x=4))
    told = board.blame("a")
    assert {mark.user for mark in told.properties.values()} == {"bob"}
    assert told.created.seq == 3


def test_bl2_a_log_is_read_back_to_the_creation_and_no_further():
    board = Board()
    board.do("ada", rectangle("z"))
    board.do("ada", rectangle("a"))
    board.do("ada", move("a", 1))
    read: list[int] = []

    def backwards() -> Iterator[Commit]:
        for commit in reversed(board.log):
            read.append(commit.seq)
            yield commit

    assert isinstance(touches(backwards(), "a")[0].op, Create)
    assert read == [3, 2]


@pytest.fixture
def drawn(board: Canvas, alice, bob) -> Canvas:
    ada, bo = str(alice.pk), str(bob.pk)
    board.commit(build_intent(rectangle("a"), rectangle("z"), user=ada), at="2026-01-01T10:00:00.000Z")
    board.commit(build_intent(move("a", 5), user=bo), at="2026-01-01T11:00:00.000Z")
    board.drag("z", 5, "g1", user=ada)
    board.commit(build_intent(Update("a", {"properties.note": "hi"}), user=ada), at="2026-01-02T10:00:00.000Z")
    board.commit(build_intent(Delete("a"), user=bo), at="2026-01-02T11:00:00.000Z")
    return board


def told_of(api: Api, canvas: str, query: str = "") -> dict[str, tuple[str, int]]:
    body = api.get(f"canvases/{canvas}/elements/a/blame/{query}").json()
    return {row["path"]: (row["user"]["id"], row["seq"]) for row in body["properties"]}


@pytest.mark.django_db
@pytest.mark.parametrize("recorded", [0, 3, 9])
def test_bl3_it_is_the_same_however_far_history_is(drawn, alice, bob, recorded, monkeypatch):
    monkeypatch.setattr(touching, "COMMITS_AT_ONCE", 2)
    if recorded:
        whole, drawn.state.seq = drawn.state.seq, recorded
        drawn.record()
        drawn.state.seq = whole
    body = Api(alice).get(f"canvases/{drawn.id}/elements/a/blame/").json()
    ada = {"id": str(alice.pk), "name": alice.display_name, "color": alice.color}
    bo = {"id": str(bob.pk), "name": bob.display_name, "color": bob.color}
    assert (body["element"], body["type"]) == ("a", "rectangle")
    assert body["created"] == {"user": ada, "at": "2026-01-01T10:00:00.000Z", "seq": 1}
    assert body["deleted"] == {"user": bo, "at": "2026-01-02T11:00:00.000Z", "seq": 9}
    rows = {row["path"]: row for row in body["properties"]}
    assert rows["position.x"] == {
        "path": "position.x",
        "value": 5,
        "user": bo,
        "at": "2026-01-01T11:00:00.000Z",
        "seq": 2,
    }
    assert (rows["properties.note"]["value"], rows["properties.note"]["user"]) == ("hi", ada)
    assert {"angle", "index", "dimensions.width", "dimensions.height"} < rows.keys()
    past = told_of(Api(alice), drawn.id, "?seq=1")
    assert past["position.x"] == (str(alice.pk), 1)
    assert "properties.note" not in past


@pytest.mark.django_db
def test_bl3_only_what_concerns_the_element_is_read(drawn, alice, monkeypatch):
    drawn.record()
    monkeypatch.setattr(touching, "MOST_COMMITS", 4)  # of nine
    assert told_of(Api(alice), drawn.id)["position.x"][1] == 2
    monkeypatch.setattr(touching, "MOST_COMMITS", 3)
    assert_problem(Api(alice).get(f"canvases/{drawn.id}/elements/a/blame/"), 422, "too_much")


@pytest.mark.django_db
def test_bl4_only_who_may_see_the_canvas_is_told(drawn, project, alice, bob, charlie):
    path = f"canvases/{drawn.id}/elements/a/blame/"
    assert_problem(Api(charlie).get(path), 404, "not_found")
    assert_problem(Api().get(path), 401, "unauthenticated")
    assert_problem(Api(bob).get(path), 404, "not_found")
    member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)
    assert Api(bob).get(path).status_code == 200
    assert_problem(Api(alice).get(f"canvases/{drawn.id}/elements/nothing/blame/"), 404, "not_found")
    assert_problem(Api(alice).get(f"{path}?seq=99"), 404, "not_found")
    assert_problem(Api(alice).get(f"{path}?seq=-1"), 400, "invalid")
    assert_problem(Api(alice).get(f"{path}?seq=0"), 404, "not_found")
