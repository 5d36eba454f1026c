"""What the RS and RV rules of history/SPEC.md come to together: taking back what was taken back, everyone at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from canvasapp.elements import Element
from canvasapp.ops import Append, Create, Delete, Op, Restore, Update, plain_text
from canvasapp.rooms import rooms
from canvasapp.selectors import elements_all
from canvasapp.services import intent_submit
from canvasapp.testing import build_intent, content, move, note, rectangle, typed
from history import services
from history.restoring import intents, restoring
from history.reverting import Choice
from history.tests.board import Board
from history.tests.conftest import Canvas
from projects.access import Role
from projects.services import member_add
from projects.testing import Api, assert_problem

SLOW = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy machine is no fault of the strategy


def seen(element: Element) -> dict[str, Any]:
    """Who typed which character is not seen, nor in which of its two properties an old text stands."""
    shown = content(element)
    shown.pop("ytext", None)
    if element.type == "text":
        shown["properties"] = {
            name: value for name, value in shown["properties"].items() if name not in {"text", "originalText"}
        } | {"words": plain_text(element)}
    return shown


def look_of(board: Board) -> dict[str, dict[str, Any]]:
    return {element.id: seen(element) for element in board.state.live_elements()}


KINDS = ("x", "y", "angle", "index", "note", "deep", "drop", "points", "type", "words", "flip", "flip")
STEP = st.tuples(
    st.sampled_from(["ada", "bob"]), st.sampled_from(["a", "b", "t"]), st.sampled_from(KINDS), st.integers(0, 5)
)
STEPS = st.lists(STEP, max_size=25)


def wish(board: Board, element_id: str, kind: str, value: int) -> Op:
    """What somebody may do to the element as it stands; whatever cannot be done now makes it, or brings it back."""
    element = board.state.elements.get(element_id)
    if element is None:
        return old_text(value) if element_id == "t" else rectangle(element_id, x=value, note="new")
    if element.deleted:
        return Restore(element_id)
    if kind in ("type", "words") and element.type == "text":
        words = plain_text(element)
        return (
            typed(element, f"{words[:value]}{value}{words[value:]}")
            if kind == "type"
            else Update(element_id, {"properties.text": f"words {value}"})
        )
    if kind == "points":
        points = element.properties.get("points") or []
        return Append(element_id, "properties.points", len(points), [[value, value]])
    if kind in ("flip", "type", "words"):
        return Delete(element_id)
    path, new = {
        "x": ("position.x", value),
        "y": ("position.y", value),
        "angle": ("angle", value),
        "index": ("index", f"a{value}"),
        "note": ("properties.note", str(value)),
        "deep": (f"properties.deep.p{value % 2}", [value]),
        "drop": ("properties.note", None),
    }[kind]
    return Update(element_id, {path: new})


def old_text(value: int) -> Create:
    """As older programs wrote it: broken into lines, and whole beside that."""
    return note("t", f"one\ntwo {value}", originalText=f"one two {value}")


def drawn(edits) -> Board:
    board = Board()
    for user, element, kind, value in edits:
        board.do(user, wish(board, element, kind, value))
    return board


@SLOW
@given(STEPS, st.booleans())
def test_rv1_taking_back_what_was_taken_back_gives_what_was_there_before(edits, overwrite):
    board = drawn(edits)
    before = look_of(board)
    if not board.revert(lambda step: step.entry.user == "bob", overwrite=overwrite).ops:
        return
    without = look_of(board)
    found = board.revert_commit(board.state.seq)
    assert look_of(board) == before
    assert found.conflicts == []
    board.revert_commit(board.state.seq)
    assert look_of(board) == without


@SLOW
@given(STEPS, STEPS)
def test_rv1_what_was_done_last_leaves_no_trace(before, after):
    board = drawn(before)
    look, last = look_of(board), board.state.seq
    for user, element, kind, value in after:
        board.do(user, wish(board, element, kind, value))
    found = board.revert(lambda step: step.seq > last)
    assert look_of(board) == look
    assert found.conflicts == []


@SLOW
@given(STEPS, st.booleans())
@example([("ada", "a", "x", 0), *((who, "a", "points", 0) for who in ("bob", "ada", "bob"))], True)
def test_rv1_doing_it_again_finds_nothing_to_do(edits, overwrite):
    board = drawn(edits)
    board.revert(lambda step: step.entry.user == "bob", overwrite=overwrite)
    assert board.revert(lambda step: step.entry.user == "bob", overwrite=overwrite).ops == []


@SLOW
@given(STEPS)
def test_rv1_everybodys_changes_taken_back_leave_nothing(edits):
    board = drawn(edits)
    board.revert(lambda step: True)
    assert look_of(board) == {}


@SLOW
@given(STEPS, STEPS)
def test_rs1_restoring_and_restoring_back(first, then):
    board = drawn(first)
    past, past_look = board.live(), look_of(board)
    for user, element, kind, value in then:
        board.do(user, wish(board, element, kind, value))
    now, now_look = board.live(), look_of(board)
    for wanted, look in ((past, past_look), (now, now_look), (past, past_look)):
        if ops := restoring(wanted, board.state.elements):
            board.do("ada", *ops)
        assert look_of(board) == look
        assert restoring(wanted, board.state.elements) == []


def test_rs1_a_label_comes_and_goes_with_its_shape():
    board = Board()
    board.do("ada", rectangle("a"), note("label", "inside", containerId="a"), note("t", "free"))
    past = board.live()
    board.do("bob", Delete("a"), Delete("label"), Delete("t"))
    assert {op.id for op in restoring(past, board.state.elements, {"a"})} == {"a", "label"}
    board.do("bob", Restore("a"), Restore("label"))
    assert {op.id for op in restoring({}, board.state.elements, {"a"})} == {"a", "label"}


def test_rs3_a_full_canvas_has_room_for_what_comes_back(monkeypatch):
    board = Board()
    board.do("ada", rectangle("a"), rectangle("b"))
    past, look = board.live(), look_of(board)
    board.do("bob", Delete("a"), Delete("b"), rectangle("c"), rectangle("d"))
    monkeypatch.setattr("canvasapp.state.MAX_LIVE_ELEMENTS", 2)
    board.do("ada", *restoring(past, board.state.elements))
    assert look_of(board) == look


@pytest.fixture
def drawing(board: Canvas, alice, bob) -> Canvas:
    """Alice's three rectangles and a text, all moved by Bob, in a gesture for each."""
    ada, bo = str(alice.pk), str(bob.pk)
    board.commit(build_intent(*(rectangle(name) for name in "abc"), note("t", "hello"), user=ada))
    for n, name in enumerate("abct"):
        board.commit(build_intent(move(name, 10 + n), user=bo, gesture=f"drag-{name}"))
    return board


def looks(canvas: Canvas) -> dict[str, dict[str, Any]]:
    return {name: seen(element) for name, element in elements_all(canvas.id).items() if not element.deleted}


@pytest.mark.django_db
def test_rv2_nobody_hides_newer_work_in_the_gesture_of_a_revert(drawing: Canvas, alice, bob, monkeypatch):
    drawing.commit(build_intent(move("a", 99), user="carol", gesture="seen"))
    monkeypatch.setattr(services, "uuid4", lambda: "seen")  # carol saw the revert's first commits go by
    _, conflicts = services.changes_revert(
        canvas_id=drawing.id, choice=Choice(user=str(bob.pk)), reverted_by=alice, dry_run=True
    )
    assert ("a", "carol") in {(conflict.element, conflict.newer.user) for conflict in conflicts}


@pytest.mark.django_db
def test_rv8_undo_and_redo_of_a_restoration_over_rest(drawing: Canvas, alice):
    api = Api(alice)

    def taken_back(done: dict[str, Any]) -> dict[str, Any]:
        body = {"gesture": done["gesture"], "from_seq": done["first_seq"], "to_seq": done["seq"]}
        answer: dict[str, Any] = api.post(f"canvases/{drawing.id}/revert/", body).json()
        assert answer["conflicts"] == []
        return answer

    moved = looks(drawing)
    done = api.post(f"canvases/{drawing.id}/restore/", {"seq": 1}).json()
    restored = looks(drawing)
    assert restored["a"]["position"] == {"x": 0, "y": 0}
    undone = taken_back(done)
    assert looks(drawing) == moved
    taken_back(undone)
    assert looks(drawing) == restored


@pytest.mark.django_db
def test_rv8_what_others_did_since_stands_when_a_restoration_is_taken_back(drawing: Canvas, alice, bob):
    done = services.canvas_restore(canvas_id=drawing.id, to_seq=0, restored_by=alice)
    assert looks(drawing) == {}
    edit(drawing, bob, {"op": "restore", "id": "b"}, {"op": "update", "id": "b", "set": {"properties.note": "mine"}})
    assert done.first_seq is not None
    choice = Choice(gesture=done.gesture, from_seq=done.first_seq, to_seq=done.seq)
    services.changes_revert(canvas_id=drawing.id, choice=choice, reverted_by=alice)
    shown = looks(drawing)
    assert set(shown) == {"a", "b", "c", "t"}
    assert shown["b"]["properties"]["note"] == "mine"


@pytest.mark.django_db
def test_rv6_one_gesture_can_be_chosen(drawing: Canvas, alice):
    services.changes_revert(canvas_id=drawing.id, choice=Choice(gesture="drag-b"), reverted_by=alice)
    assert [looks(drawing)[name]["position"]["x"] for name in "abc"] == [10, 0, 12]


@pytest.mark.django_db(transaction=True)
def test_rv1_two_people_take_the_same_back_at_once(drawing: Canvas, alice, bob):
    def revert(user) -> None:
        services.changes_revert(canvas_id=drawing.id, choice=Choice(user=str(bob.pk), to_seq=5), reverted_by=user)

    at_once(partial(revert, alice), partial(revert, bob))
    assert [shown["position"]["x"] for shown in looks(drawing).values()] == [0, 0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_rs5_somebody_edits_all_the_while(drawing: Canvas, alice, bob):
    """Nothing half: what is restored is restored, and the edits of others on other things are all there."""
    edits = 20

    def draw() -> None:
        for n in range(edits):
            edit(drawing, bob, {"op": "update", "id": "c", "set": {"properties.note": str(n)}})

    choice = Choice(user=str(bob.pk), to_seq=5, elements=frozenset("abt"))
    at_once(draw, lambda: services.changes_revert(canvas_id=drawing.id, choice=choice, reverted_by=alice))
    shown = looks(drawing)
    assert [shown[name]["position"]["x"] for name in "abct"] == [0, 0, 12, 0]
    assert shown["c"]["properties"]["note"] == str(edits - 1)


@pytest.mark.django_db
def test_rv2_a_portion_that_is_done_is_no_newer_work_of_others(drawing: Canvas, alice, bob, monkeypatch):
    """Somebody comes between two portions of a large one: what is planned anew keeps to what was asked."""
    edit(drawing, alice, {"op": "update", "id": "a", "set": {"position.x": 3}})
    edit(drawing, bob, {"op": "update", "id": "a", "set": {"position.x": 4}})

    def one_by_one(ops, now):
        for n, op in enumerate(ops):
            if n == 1:
                monkeypatch.setattr(services, "intents", intents)
                edit(drawing, alice, {"op": "update", "id": op.id, "set": {"properties.note": "between"}})
            yield [op]

    monkeypatch.setattr(services, "intents", one_by_one)
    choice = Choice(user=str(bob.pk), to_seq=7)
    _, conflicts = services.changes_revert(canvas_id=drawing.id, choice=choice, reverted_by=alice, overwrite=True)
    assert conflicts == []
    assert [looks(drawing)[name]["position"]["x"] for name in "abct"] == [3, 0, 0, 0]


@pytest.mark.django_db
def test_rs3_thousands_of_elements_in_several_commits_go_back_and_forth(board: Canvas, alice):
    count = 5_000
    for start in range(0, count, 1_000):
        board.commit(build_intent(*(rectangle(f"e{n}") for n in range(start, start + 1_000)), user=str(alice.pk)))

    def back_and_forth() -> None:
        first = looks(board)
        done = services.canvas_restore(canvas_id=board.id, to_seq=0, restored_by=alice)
        assert (done.removed, done.first_seq, looks(board)) == (count, 6, {})
        assert done.seq is not None
        assert done.seq > 6
        choice = Choice(gesture=done.gesture, from_seq=6, to_seq=done.seq)
        again, conflicts = services.changes_revert(canvas_id=board.id, choice=choice, reverted_by=alice)
        assert (again.revived, conflicts, looks(board) == first) == (count, [], True)

    served(back_and_forth)


def served(doing: Callable[[], object]) -> None:
    """In a thread of one server, whose room stays open; a command would open it anew for each commit."""

    async def call() -> None:
        try:
            await sync_to_async(doing)()
        finally:
            await rooms().close()

    asyncio.run(call())


def edit(canvas: Canvas, author, *ops: dict[str, object]) -> None:
    intent_submit(canvas_id=canvas.id, author=author, ops=list(ops))


def at_once(*doings: Callable[[], object]) -> None:
    def closing(doing: Callable[[], object]) -> None:
        try:
            doing()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(doings)) as pool:
        for doing in [pool.submit(closing, doing) for doing in doings]:
            doing.result()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["restore", "revert"])
def test_rv7_who_may_not_edit_takes_nothing_back(drawing: Canvas, project, alice, bob, path):
    body = {"seq": 1} if path == "restore" else {"user": str(bob.pk)}
    before = looks(drawing)
    member_add(project_id=project.id, user=bob, role=Role.COMMENTER, added_by=alice)
    for extra in ({}, {"dry_run": True}):
        assert_problem(Api(bob).post(f"canvases/{drawing.id}/{path}/", body | extra), 403, "forbidden")
    assert Api(alice).post(f"projects/{project.id}/archive/").status_code == 200
    assert_problem(Api(alice).post(f"canvases/{drawing.id}/{path}/", body), 403, "forbidden")
    assert looks(drawing) == before
