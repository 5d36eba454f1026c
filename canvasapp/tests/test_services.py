"""Services and selectors as synchronous callers use them: each call has a loop and rooms of its own."""

import asyncio
from typing import Any

import pytest
from pynamodb.exceptions import CancellationReason, TransactWriteError, VerboseClientError
from pynamodb.transactions import TransactWrite

from canvasapp import checkpoint, rooms, selectors, services
from canvasapp.exceptions import NoSuchCanvas, Refused, Unavailable
from canvasapp.room import Room
from canvasapp.selectors import CanvasAccess
from canvasapp.signals import canvas_deleted
from projects.access import Role
from projects.exceptions import Conflict, Forbidden, NotFound
from projects.items import CanvasEntry
from projects.services import member_add, project_create, project_purge
from projects.store import transaction_write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(table, alice, bob) -> str:
    made = project_create(name="Plans", created_by=alice)
    member_add(project_id=made.id, user=bob, role=Role.VIEWER, added_by=alice)
    return made.id


@pytest.fixture
def canvas(project, alice) -> str:
    return services.canvas_create(project_id=project, name="Floor", created_by=alice)


def create(element_id, x=0):
    return {
        "op": "create",
        "id": element_id,
        "type": "rectangle",
        "position": {"x": x, "y": 0},
        "dimensions": {"width": 1, "height": 1},
    }


def nested(depth):
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def code_of(**call) -> str:
    with pytest.raises(Refused) as refused:
        services.intent_submit(**call)
    return refused.value.code


def access(canvas, alice) -> CanvasAccess:
    return selectors.access_canvas(alice, canvas, Role.VIEWER)


def test_a_new_canvas_is_empty_and_listed(canvas, project, alice):
    loaded = selectors.canvas_load(access(canvas, alice))
    assert (loaded.seq, loaded.elements, loaded.canvas["name"], loaded.canvas["project"]) == (0, [], "Floor", project)
    assert CanvasEntry.get(CanvasEntry.build(project, canvas).pk, CanvasEntry.build(project, canvas).sk).name == "Floor"


def test_who_may_see_a_canvas(canvas, alice, bob, charlie):
    assert access(canvas, alice).role is Role.OWNER
    assert selectors.access_canvas(bob, canvas, Role.VIEWER).role is Role.VIEWER
    with pytest.raises(Forbidden):
        selectors.access_canvas(bob, canvas, Role.EDITOR)
    with pytest.raises(NotFound):
        selectors.access_canvas(charlie, canvas, Role.VIEWER)
    with pytest.raises(NotFound):
        selectors.access_canvas(alice, "nowhere", Role.VIEWER)


def test_an_intent_is_durable_when_the_call_returns(canvas, alice):
    receipt = services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a", 3), create("b")], gesture="g")
    assert (receipt.seq, receipt.versions) == (1, {"a": 1, "b": 1})
    loaded = selectors.canvas_load(access(canvas, alice))
    assert {element.id: element.position.x for element in loaded.elements} == {"a": 3, "b": 0}
    assert loaded.elements[0].created_by == str(alice.pk)
    assert checkpoint.head_item(canvas).checkpoint_seq == 1


def test_rm6_the_same_key_gives_the_first_answer(canvas, alice, bob):
    first = services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a")], key="k")
    services.intent_submit(canvas_id=canvas, author=alice, ops=[create("b")])
    again = services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a")], key="k")
    assert (again.seq, again.versions) == (first.seq, first.versions) == (1, {"a": 1})
    other = services.intent_submit(canvas_id=canvas, author=bob, ops=[create("c")], key="k")
    assert other.seq == 3


def test_without_a_key_nothing_is_held_together(canvas, alice):
    services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a")])
    assert code_of(canvas_id=canvas, author=alice, ops=[create("a")]) == "exists"
    assert selectors.canvas_load(access(canvas, alice)).seq == 1


@pytest.mark.parametrize(
    ("ops", "code"),
    [
        ([], "invalid"),
        ([{**create("a"), "properties": {"x": nested(5_000)}}], "invalid"),
        ([{"op": "explode", "id": "a"}], "invalid"),
        ([create("a", float("nan"))], "invalid"),
        ([create("a", 10**400)], "invalid"),
        ([{**create("a"), "properties": {"x": float("inf")}}], "invalid"),
        ([{**create("a"), "properties": {"x": 2**70}}], "invalid"),
        ([{**create("a"), "properties": {"x": "\ud800"}}], "invalid"),
        ([{**create("a"), "properties": {"\ud800": 1}}], "invalid"),
        ([{"op": "update", "id": "a", "set": {"properties.\ud800": 1}}], "invalid"),
        ([{**create("a"), "properties": {"x": "y" * 300_000}}], "too_large"),
        ([{**create("a"), "properties": {"x": "y" * 600_000}}], "too_large"),
        ([create(f"e{n}") for n in range(1001)], "too_large"),
        ([{"op": "delete", "id": "a"}], "not_found"),
        ([create("a"), {"op": "delete", "id": "b"}], "not_found"),
    ],
    ids=range(15),
)
def test_what_is_refused(canvas, alice, ops, code):
    assert code_of(canvas_id=canvas, author=alice, ops=ops) == code
    assert selectors.commits_page(canvas, 0, 10)[0] == []


def test_a_gesture_that_cannot_be_written_does_not_stop_the_canvas(canvas, alice):
    assert code_of(canvas_id=canvas, author=alice, ops=[create("a")], gesture="\ud800") == "invalid"
    services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a")])


def test_a_refusal_has_the_current_element(canvas, alice):
    services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a", 5)])
    with pytest.raises(Refused) as refused:
        services.intent_submit(
            canvas_id=canvas, author=alice, ops=[{"op": "update", "id": "a", "set": {"angle": 1}, "expect": 7}]
        )
    assert refused.value.elements[0]["position"] == {"x": 5.0, "y": 0.0}


def test_one_element_is_read_also_when_deleted(canvas, alice):
    services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a")])
    services.intent_submit(canvas_id=canvas, author=alice, ops=[{"op": "delete", "id": "a"}])
    element = selectors.element_get(canvas, "a")
    assert element is not None
    assert element.deleted
    assert selectors.element_get(canvas, "b") is None
    assert selectors.canvas_load(access(canvas, alice)).elements == []


def test_commits_are_read_as_they_are_stored(canvas, alice):
    for place in range(3):
        services.intent_submit(canvas_id=canvas, author=alice, ops=[create(f"e{place}")])
    commits = selectors.commits_page(canvas, 1, 10)[0]
    assert [commit["seq"] for commit in commits] == [2, 3]
    assert len(commits[0]["hash"]) == 64
    assert commits[0]["entries"][0]["ops"][0]["id"] == "e1"
    assert [commit["seq"] for commit in selectors.commits_page(canvas, 0, 2)[0]] == [1, 2]


def test_a_renamed_canvas(canvas, alice):
    services.canvas_rename(canvas_id=canvas, name="Roof", renamed_by=alice)
    assert access(canvas, alice).name == "Roof"
    with pytest.raises(NoSuchCanvas):
        services.canvas_rename(canvas_id="nowhere", name="Roof", renamed_by=alice)


@pytest.fixture
def cancelling(monkeypatch):
    """Makes the next transactions fail as DynamoDB cancels them."""

    def cancel(code, times):
        left = [code] * times

        class Cancelled(TransactWrite):
            def _commit(self):
                if left:
                    reasons = [CancellationReason(left.pop()), None]
                    answer = {"Error": {"Code": "TransactionCanceledException", "Message": ""}}
                    raise TransactWriteError(
                        "cancelled", VerboseClientError(answer, "TransactWriteItems", cancellation_reasons=reasons)
                    )
                super()._commit()

        monkeypatch.setattr(
            services, "transaction_write", lambda: Cancelled(connection=transaction_write()._connection)
        )
        monkeypatch.setattr(services, "_CONFLICT_PAUSE_SECONDS", 0)

    return cancel


def test_a_checkpoint_in_the_way_of_a_rename_is_waited_for(canvas, alice, cancelling):
    cancelling("TransactionConflict", 2)
    services.canvas_rename(canvas_id=canvas, name="Roof", renamed_by=alice)
    assert access(canvas, alice).name == "Roof"
    cancelling("TransactionConflict", 2)
    services.canvas_delete(canvas_id=canvas, deleted_by=alice)
    with pytest.raises(NoSuchCanvas):
        checkpoint.head_item(canvas)


def test_but_not_for_ever(canvas, alice, cancelling):
    cancelling("TransactionConflict", 100)
    with pytest.raises(Conflict):
        services.canvas_rename(canvas_id=canvas, name="Roof", renamed_by=alice)
    with pytest.raises(Conflict):
        services.canvas_delete(canvas_id=canvas, deleted_by=alice)
    assert access(canvas, alice).name == "Floor"


def test_a_throttled_rename_can_be_tried_again(canvas, alice, cancelling):
    cancelling("ThrottlingError", 1)
    with pytest.raises(Unavailable):
        services.canvas_rename(canvas_id=canvas, name="Roof", renamed_by=alice)


def test_a_canvas_deleted_beside_its_renaming_is_gone(canvas, alice, monkeypatch):
    seen = checkpoint.head_item(canvas)
    services.canvas_delete(canvas_id=canvas, deleted_by=alice)
    monkeypatch.setattr(services, "head_item", lambda _: seen)
    with pytest.raises(NoSuchCanvas):
        services.canvas_rename(canvas_id=canvas, name="Roof", renamed_by=alice)


def test_reading_does_not_wait_for_ever(canvas, alice, monkeypatch):
    async def never(_):
        await asyncio.Event().wait()

    seen = access(canvas, alice)
    monkeypatch.setattr(rooms, "REFRESH_SECONDS", 0.05)
    monkeypatch.setattr(Room, "refresh", never)
    with pytest.raises(Unavailable):
        selectors.canvas_load(seen)
    with pytest.raises(Unavailable):
        selectors.element_get(canvas, "a")


def test_a_deleted_canvas_is_gone_but_its_log(canvas, project, alice):
    services.intent_submit(canvas_id=canvas, author=alice, ops=[create("a")])
    seen, told = access(canvas, alice), []

    def listen(canvas_id, **_):
        told.append(canvas_id)

    canvas_deleted.connect(listen)
    services.canvas_delete(canvas_id=canvas, deleted_by=alice)
    assert told == [canvas]
    with pytest.raises(NoSuchCanvas):
        selectors.canvas_load(seen)
    with pytest.raises(NoSuchCanvas):
        services.intent_submit(canvas_id=canvas, author=alice, ops=[create("b")])
    with pytest.raises(NoSuchCanvas):
        services.canvas_delete(canvas_id=canvas, deleted_by=alice)
    with pytest.raises(NotFound):
        access(canvas, alice)
    assert len(selectors.commits_page(canvas, 0, 10)[0]) == 1


def test_a_purged_project_takes_its_canvases_along(canvas, project):
    project_purge(project_id=project)
    with pytest.raises(NoSuchCanvas):
        checkpoint.load(canvas)
