import pytest

from projects.access import Role, role_in
from projects.exceptions import AlreadyExists, NotFound
from projects.selectors import project_get
from projects.services import member_add


def test_a_member_is_added(lighthouse, alice, charlie):
    member_add(project_id=lighthouse, user=charlie, role=Role.COMMENTER, added_by=alice)
    assert role_in(str(charlie.id), lighthouse) is Role.COMMENTER


def test_owners_are_counted(lighthouse, alice, charlie):
    member_add(project_id=lighthouse, user=charlie, role=Role.OWNER, added_by=alice)
    assert project_get(project_id=lighthouse).owners == 2


def test_adding_twice_keeps_the_first_role(lighthouse, alice, bob):
    with pytest.raises(AlreadyExists):
        member_add(project_id=lighthouse, user=bob, role=Role.OWNER, added_by=alice)
    assert role_in(str(bob.id), lighthouse) is Role.EDITOR
    assert project_get(project_id=lighthouse).owners == 1


def test_a_project_that_is_not_there_gets_no_member(table, alice, bob):
    with pytest.raises(NotFound):
        member_add(project_id="nothing", user=bob, role=Role.EDITOR, added_by=alice)
    assert role_in(str(bob.id), "nothing") is None
