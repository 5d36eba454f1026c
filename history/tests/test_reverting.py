"""The RV rules of history/SPEC.md: taking one person's changes back, and leaving everybody else's."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canvasapp.commits import Sealed
from canvasapp.ops import Delete, Restore, Update
from canvasapp.selectors import elements_all
from canvasapp.services import intent_submit
from canvasapp.testing import build_intent, move, rectangle
from history import services, timetravel
from history.reverting import Choice, Reverting
from history.services import Restored
from history.tests.board import Board
from history.tests.conftest import Canvas
from projects.access import Role
from projects.services import member_add
from projects.testing import Api, assert_problem


def told(found: Reverting) -> list[tuple[str, str | None, str, int]]:
    return [(one.element, one.path, one.newer.user, one.newer.seq) for one in found.conflicts]


@pytest.fixture
def sketch() -> Board:
    made = Board()
    made.do("bob", rectangle("a", x=1, note="bob"), rectangle("b", x=1))
    return made


PATHS = ("position.x", "position.y", "properties.note", "angle")
EDIT = st.tuples(st.sampled_from(["ada", "bob"]), st.sampled_from("ab"), st.sampled_from(PATHS), st.integers(0, 9))


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the strategy
@given(st.lists(EDIT, max_size=20))
def test_rv1_properties_are_as_if_the_person_had_never_been_there(edits):
    board, without = Board(), {}
    board.do("bob", rectangle("a"), rectangle("b"))
    for user, element, path, value in edits:
        board.do(user, Update(element, {path: value if path != "properties.note" else str(value)}))
        if user == "bob":
            without[element, path] = value
    board.revert_user("ada")
    for element in "ab":
        now = board.live()[element]
        seen = (now.position.x, now.position.y, int(now.properties.get("note", 0)), now.angle)
        assert seen == tuple(without.get((element, path), 0) for path in PATHS)
    assert board.revert_user("ada").ops == []


def test_rv2_newer_work_of_others_stands_and_is_told(sketch):
    sketch.do("ada", move("a", 5, 5))
    sketch.do("bob", Update("a", {"position.x": 7}))
    found = sketch.revert_user("ada")
    assert told(found) == [("a", "position.x", "bob", 3)]
    position = sketch.live()["a"].position
    assert (position.x, position.y) == (7, 0)


def test_rv2_newer_work_is_taken_back_too_when_asked_for(sketch):
    sketch.do("ada", move("a", 5))
    sketch.do("bob", Update("a", {"position.x": 7}))
    sketch.revert_user("ada", overwrite=True)
    assert sketch.live()["a"].position.x == 1


def test_rv2_what_others_set_to_what_it_was_is_no_conflict(sketch):
    sketch.do("ada", move("a", 5))
    sketch.do("bob", move("a", 1))
    found = sketch.revert_user("ada")
    assert (found.ops, found.conflicts) == ([], [])


def test_rv3_what_the_person_made_goes_and_what_they_deleted_comes_back(sketch):
    sketch.do("ada", rectangle("n"), Delete("b"))
    found = sketch.revert_user("ada")
    assert found.conflicts == []
    assert set(sketch.live()) == {"a", "b"}


def test_rv3_what_was_changed_before_it_was_deleted_comes_back_unchanged(sketch):
    sketch.do("ada", move("b", 9))
    sketch.do("ada", Delete("b"))
    sketch.revert_user("ada")
    assert sketch.live()["b"].position.x == 1


def test_rv4_what_others_have_worked_on_since_is_not_taken_from_them(sketch):
    sketch.do("ada", rectangle("n"))
    sketch.do("bob", Update("n", {"properties.note": "mine now"}))
    assert told(sketch.revert_user("ada")) == [("n", None, "bob", 3)]
    assert "n" in sketch.live()
    sketch.revert_user("ada", overwrite=True)
    assert "n" not in sketch.live()


def test_rv4_deleting_and_bringing_back_does_not_shake_off_what_others_did(sketch):
    sketch.do("ada", rectangle("n"))
    sketch.do("bob", Update("n", {"properties.note": "mine now"}))
    sketch.do("ada", Delete("n"))
    sketch.do("ada", Restore("n"))
    assert told(sketch.revert_user("ada")) == [("n", None, "bob", 3)]
    assert "n" in sketch.live()


def test_rv4_what_is_made_anew_under_an_old_id_is_somebody_elses(sketch):
    sketch.do("ada", move("b", 9))
    sketch.do("bob", Delete("b"))
    del sketch.state.elements["b"]  # its tombstone has passed its lifetime
    sketch.do("bob", rectangle("b", x=9))
    found = sketch.revert_user("ada")
    assert found.ops == []
    assert told(found) == [("b", "position.x", "bob", 4)]


def test_rv4_what_the_person_makes_anew_under_an_old_id_goes(sketch):
    sketch.do("ada", move("b", 9))
    sketch.do("bob", Delete("b"))
    del sketch.state.elements["b"]
    sketch.do("ada", rectangle("b", x=9))
    assert sketch.revert_user("ada").ops == [Delete("b", 1)]


def test_rv5_what_others_deleted_stays_deleted(sketch):
    sketch.do("ada", move("b", 9))
    sketch.do("bob", Delete("b"))
    assert sketch.revert_user("ada").ops == []
    assert "b" not in sketch.live()


def test_rv5_what_others_brought_back_stays(sketch):
    sketch.do("ada", Delete("b"))
    sketch.do("bob", Restore("b"))
    assert sketch.revert_user("ada").ops == []
    assert "b" in sketch.live()


def test_rv5_what_the_person_brought_back_goes_again(sketch):
    sketch.do("bob", Delete("b"))
    sketch.do("ada", Restore("b"))
    sketch.revert_user("ada")
    assert "b" not in sketch.live()


@pytest.mark.django_db
def test_rv6_a_person_a_time_or_some_numbers_can_be_chosen(board: Canvas, alice, bob):
    ada, bo = str(alice.pk), str(bob.pk)
    board.commit(build_intent(rectangle("a"), user=ada), at="2026-01-01T10:00:00.000Z")
    board.commit(build_intent(move("a", 1), user=bo), at="2026-01-01T11:00:00.000Z")
    board.commit(build_intent(move("a", 2), user=bo), at="2026-01-01T12:00:00.000Z")
    api, path = Api(alice), f"canvases/{board.id}/revert/"

    def x() -> float:
        return elements_all(board.id)["a"].position.x

    looked = services.changes_revert(canvas_id=board.id, choice=Choice(user=bo), reverted_by=alice, dry_run=True)
    assert looked == (Restored(None, None, None, 0, 1, 0), [])
    assert x() == 2
    assert api.post(path, {"since": "2026-01-01T11:30:00Z"}).json()["changed"] == 1
    assert x() == 1
    answer = api.post(path, {"from_seq": 2, "to_seq": 2, "elements": ["a"]}).json()
    by = {"id": ada, "name": alice.display_name, "color": alice.color}
    (conflict,) = answer["conflicts"]
    assert conflict.pop("at") is not None
    assert conflict == {"element": "a", "path": "position.x", "user": by, "seq": 4}
    assert x() == 1
    assert api.post(path, {"user": bo, "overwrite": True}).json()["seq"] == 5
    assert x() == 0


@pytest.mark.django_db
def test_rv7_over_rest_it_needs_a_choice_and_the_right_to_edit(board: Canvas, project, alice, bob, charlie):
    path = f"canvases/{board.id}/revert/"
    for body in ({}, {"overwrite": True}, {"since": "soon"}, {"from_seq": 0}, {"elements": ["no good"]}):
        assert_problem(Api(alice).post(path, body), 400, "invalid")
    assert_problem(Api(charlie).post(path, {"from_seq": 1}), 404, "not_found")
    member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)
    assert_problem(Api(bob).post(path, {"from_seq": 1}), 403, "forbidden")
    assert Api(alice).post(path, {"from_seq": 99}).json()["seq"] is None
    assert Api(alice).post(path, {"since": "0001-01-01T00:00:00Z", "dry_run": True}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("recorded", [0, 4, 12])
def test_rv9_reading_begins_at_the_first_chosen_change(board: Canvas, alice, bob, monkeypatch, recorded):
    ada, bo = str(alice.pk), str(bob.pk)
    board.commit(build_intent(rectangle("a"), rectangle("b"), user=ada))
    for x in range(9):
        board.commit(build_intent(move("a", x), user=ada))
    board.commit(build_intent(move("b", 1), user=bo))
    board.commit(build_intent(move("a", 9), user=ada))
    whole, board.state.seq = board.state.seq, recorded
    if recorded:
        board.record()
    board.state.seq = whole
    read: list[int] = []
    commits = timetravel.commits

    def counted(canvas: str, after: int, last: int) -> Iterator[Sealed]:
        for sealed in commits(canvas, after, last):
            read.append(sealed.seq)
            yield sealed

    monkeypatch.setattr(timetravel, "commits", counted)
    done, _ = services.changes_revert(canvas_id=board.id, choice=Choice(user=bo), reverted_by=alice)
    assert done.changed == 1
    assert elements_all(board.id)["b"].position.x == 0
    assert elements_all(board.id)["a"].position.x == 9
    assert read == [*range(1, 13)]  # up to the state before, and on from there: each commit once


@pytest.mark.django_db
def test_rv9_what_would_take_too_long_is_refused(board: Canvas, alice, monkeypatch):
    board.commit(build_intent(rectangle("a"), user=str(alice.pk)))
    for x in range(4):
        board.commit(build_intent(move("a", x), user=str(alice.pk)))
    monkeypatch.setattr(services, "MOST_COMMITS", 3)
    path = f"canvases/{board.id}/revert/"
    assert_problem(Api(alice).post(path, {"from_seq": 2}), 422, "too_much")
    assert Api(alice).post(path, {"from_seq": 3, "dry_run": True}).status_code == 200


@pytest.mark.django_db
def test_rv9_an_edit_in_the_meantime_is_met_and_ones_own_work_is_no_conflict(board: Canvas, alice, bob, monkeypatch):
    ada, bo = str(alice.pk), str(bob.pk)
    board.commit(build_intent(*(rectangle(e, note="x" * 1000) for e in "abc"), user=ada))
    board.commit(build_intent(*(move(e, 5) for e in "abc"), rectangle("n"), user=bo))
    monkeypatch.setattr(services, "intents", lambda ops, now: [[op] for op in ops])
    edits = iter(["c"])

    def submitted(**intent):
        if any(op["id"] == "b" for op in intent["ops"]) and (element := next(edits, None)):
            intent_submit(
                canvas_id=board.id, author=alice, ops=[{"op": "update", "id": element, "set": {"position.x": 7}}]
            )
        return intent_submit(**intent)

    monkeypatch.setattr(services, "intent_submit", submitted)
    done, conflicts = services.changes_revert(canvas_id=board.id, choice=Choice(user=bo), reverted_by=alice)
    assert done.seq == board.state.seq + 4
    assert [(c.element, c.path, c.newer.user, c.newer.seq) for c in conflicts] == [("c", "position.x", ada, 4)]
    x = {e.id: e.position.x for e in elements_all(board.id).values() if not e.deleted}
    assert x == {"a": 0, "b": 0, "c": 7}
