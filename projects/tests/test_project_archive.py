import pytest

from projects.access import Action, Role, access_project, access_project_for, role_in
from projects.exceptions import Forbidden
from projects.selectors import State, projects_of
from projects.services import project_archive, project_unarchive
from projects.signals import project_changed


@pytest.fixture
def archived(lighthouse, alice):
    project_archive(project_id=lighthouse, archived_by=alice)
    return lighthouse


def test_everybody_is_a_viewer(archived, alice, bob):
    assert role_in(str(alice.id), archived) is Role.VIEWER
    assert role_in(str(bob.id), archived) is Role.VIEWER


@pytest.mark.parametrize("action", [Action.COMMENT, Action.EDIT_CANVAS, Action.ARRANGE_CANVASES, Action.RENAME_PROJECT])
def test_nobody_changes_it(archived, alice, action):
    with pytest.raises(Forbidden, match="archived"):
        access_project_for(str(alice.id), archived, action)
    with pytest.raises(Forbidden, match="archived"):
        access_project(str(alice.id), archived, Role.EDITOR)


@pytest.mark.parametrize("action", [Action.MANAGE_MEMBERS, Action.ARCHIVE_PROJECT, Action.DELETE_PROJECT])
def test_its_owner_still_says_what_becomes_of_it(archived, alice, bob, action):
    assert access_project_for(str(alice.id), archived, action).standing.role is Role.OWNER
    with pytest.raises(Forbidden, match="needs the role owner"):
        access_project_for(str(bob.id), archived, action)


def test_it_is_listed_apart(archived, alice):
    assert projects_of(user_id=str(alice.id)).results == []
    (row,) = projects_of(user_id=str(alice.id), state=State.ARCHIVED).results
    assert (row.project.id, row.role) == (archived, Role.OWNER)


def test_unarchiving_gives_the_roles_back_and_each_change_is_told_once(lighthouse, alice, bob):
    told = []

    def listen(project_id, **_):
        told.append(project_id)

    project_changed.connect(listen)
    for _ in range(2):
        project_archive(project_id=lighthouse, archived_by=alice)
    for _ in range(2):
        project_unarchive(project_id=lighthouse)
    project_changed.disconnect(listen)
    assert told == [lighthouse, lighthouse]
    assert role_in(str(bob.id), lighthouse) is Role.EDITOR
