from concurrent.futures import ThreadPoolExecutor

import pytest

from projects.access import Role, role_in
from projects.exceptions import Conflict, LastOwner, NotFound
from projects.selectors import project_get
from projects.services import member_change


def test_the_role_changes(lighthouse, bob):
    member_change(project_id=lighthouse, user_id=str(bob.id), role=Role.VIEWER)
    assert role_in(str(bob.id), lighthouse) is Role.VIEWER


def test_the_last_owner_stays_one(lighthouse, alice):
    with pytest.raises(LastOwner):
        member_change(project_id=lighthouse, user_id=str(alice.id), role=Role.EDITOR)
    assert role_in(str(alice.id), lighthouse) is Role.OWNER


def test_one_of_two_owners_may_step_down(lighthouse, alice, bob):
    member_change(project_id=lighthouse, user_id=str(bob.id), role=Role.OWNER)
    member_change(project_id=lighthouse, user_id=str(alice.id), role=Role.VIEWER)
    assert project_get(project_id=lighthouse).owners == 1
    assert role_in(str(alice.id), lighthouse) is Role.VIEWER


def test_an_outsider_has_no_role_to_change(lighthouse, charlie):
    with pytest.raises(NotFound):
        member_change(project_id=lighthouse, user_id=str(charlie.id), role=Role.OWNER)


@pytest.mark.parametrize("attempt", range(5))
def test_two_owners_who_step_down_at_once_leave_one(lighthouse, alice, bob, attempt):
    member_change(project_id=lighthouse, user_id=str(bob.id), role=Role.OWNER)

    def step_down(user_id):
        try:
            member_change(project_id=lighthouse, user_id=user_id, role=Role.EDITOR)
        except Conflict as refusal:
            return refusal.code
        return "done"

    ids = [str(alice.id), str(bob.id)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(step_down, ids))
    roles = [role_in(user_id, lighthouse) for user_id in ids]
    assert roles.count(Role.OWNER) >= 1
    assert outcomes.count("done") == roles.count(Role.EDITOR)
    assert project_get(project_id=lighthouse).owners == roles.count(Role.OWNER)
