import pytest

from projects.access import Role, role_in
from projects.exceptions import LastOwner, NotFound
from projects.selectors import project_get, projects_of
from projects.services import member_change, member_remove


def test_a_removed_member_is_an_outsider(lighthouse, bob):
    member_remove(project_id=lighthouse, user_id=str(bob.id))
    assert role_in(str(bob.id), lighthouse) is None
    assert projects_of(user_id=str(bob.id)).results == []


def test_the_last_owner_cannot_be_removed(lighthouse, alice):
    with pytest.raises(LastOwner):
        member_remove(project_id=lighthouse, user_id=str(alice.id))
    assert role_in(str(alice.id), lighthouse) is Role.OWNER


def test_one_of_two_owners_can_be_removed(lighthouse, alice, bob):
    member_change(project_id=lighthouse, user_id=str(bob.id), role=Role.OWNER)
    member_remove(project_id=lighthouse, user_id=str(alice.id))
    assert project_get(project_id=lighthouse).owners == 1


def test_an_outsider_cannot_be_removed(lighthouse, charlie):
    with pytest.raises(NotFound):
        member_remove(project_id=lighthouse, user_id=str(charlie.id))
