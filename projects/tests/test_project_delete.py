import pytest

from projects.access import Action, Role, access_project_for, role_in
from projects.exceptions import NotFound
from projects.items import project_key
from projects.selectors import State, projects_of
from projects.services import member_add, project_delete, project_purge, project_restore
from projects.signals import canvases_purging, project_deleted
from projects.table import TableItem


def test_a_deleted_project_is_in_no_list_and_nobody_has_a_role_in_it(lighthouse, alice, bob):
    project_delete(project_id=lighthouse, deleted_by=alice)
    assert projects_of(user_id=str(alice.id)).results == []
    assert projects_of(user_id=str(alice.id), state=None).results == []
    assert role_in(str(alice.id), lighthouse) is None
    assert role_in(str(bob.id), lighthouse) is None


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.RESTORE_PROJECT])
def test_nothing_but_bringing_it_back_can_be_done_with_it(lighthouse, alice, action):
    project_delete(project_id=lighthouse, deleted_by=alice)
    with pytest.raises(NotFound):
        access_project_for(str(alice.id), lighthouse, action)


def test_an_editor_is_not_even_told_that_it_could_be_brought_back(lighthouse, alice, bob):
    project_delete(project_id=lighthouse, deleted_by=alice)
    with pytest.raises(NotFound):
        access_project_for(str(bob.id), lighthouse, Action.RESTORE_PROJECT)


def test_it_comes_back_whole(lighthouse, alice, bob):
    project_delete(project_id=lighthouse, deleted_by=alice)
    (row,) = projects_of(user_id=str(alice.id), state=State.DELETED).results
    assert (row.project.id, row.project.deleted_by) == (lighthouse, str(alice.id))
    project_restore(project_id=lighthouse)
    project_restore(project_id=lighthouse)
    assert role_in(str(alice.id), lighthouse) is Role.OWNER
    assert role_in(str(bob.id), lighthouse) is Role.EDITOR
    (row,) = projects_of(user_id=str(alice.id)).results
    assert not any((row.project.deleted_at, row.project.gsi1pk))


def test_deleting_twice_is_told_once(lighthouse, alice):
    told = []

    def listen(project_id, **_):
        told.append(project_id)

    project_deleted.connect(listen)
    project_delete(project_id=lighthouse, deleted_by=alice)
    project_delete(project_id=lighthouse, deleted_by=alice)
    project_deleted.disconnect(listen)
    assert told == [lighthouse]


def test_what_never_was_cannot_be_deleted(table, alice):
    with pytest.raises(NotFound):
        project_delete(project_id="nothing", deleted_by=alice)


def test_of_a_purged_one_nothing_is_left(lighthouse, alice, bob, charlie):
    member_add(project_id=lighthouse, user=charlie, role=Role.VIEWER, added_by=alice)
    project_purge(project_id=lighthouse)
    assert list(TableItem.query(project_key(lighthouse))) == []
    assert projects_of(user_id=str(alice.id)).results == []
    assert role_in(str(bob.id), lighthouse) is None


def test_a_receiver_that_fails_stops_the_purge_and_it_can_be_asked_for_again(lighthouse, alice):
    def refuse(**_):
        raise RuntimeError

    canvases_purging.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            project_purge(project_id=lighthouse)
    finally:
        canvases_purging.disconnect(refuse)
    assert role_in(str(alice.id), lighthouse) is not None
    project_purge(project_id=lighthouse)
    assert role_in(str(alice.id), lighthouse) is None
