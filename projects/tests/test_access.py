import itertools

import pytest

from projects.access import LEAST_ROLE, Access, Action, Role, Standing, access_project, access_project_for, may, role_in
from projects.exceptions import Forbidden, NotFound


def test_roles_are_ordered():
    assert Role.VIEWER < Role.COMMENTER < Role.EDITOR < Role.OWNER


def test_a_higher_role_may_whatever_a_lower_one_may():
    for (lower, higher), action in itertools.product(itertools.pairwise(Role), Action):
        assert may(higher, action) or not may(lower, action)


def test_every_action_has_a_least_role():
    assert set(LEAST_ROLE) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_an_outsider_may_nothing(action):
    assert not may(None, action)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {Action.VIEW}),
        (Role.COMMENTER, {Action.VIEW, Action.COMMENT}),
        (Role.EDITOR, {Action.VIEW, Action.COMMENT, Action.EDIT_CANVAS, Action.ARRANGE_CANVASES}),
        (Role.OWNER, set(Action)),
    ],
)
def test_what_a_role_may(role, allowed):
    assert {action for action in Action if may(role, action)} == allowed


def test_roles_are_read_from_the_membership(lighthouse, alice, bob, charlie):
    assert role_in(str(alice.id), lighthouse) is Role.OWNER
    assert role_in(str(bob.id), lighthouse) is Role.EDITOR
    assert role_in(str(charlie.id), lighthouse) is None


def test_a_member_gets_access(lighthouse, bob):
    assert access_project(str(bob.id), lighthouse, Role.EDITOR) == Access(
        lighthouse, Role.EDITOR, Standing(Role.EDITOR)
    )


def test_a_member_with_too_low_a_role_is_told_so(lighthouse, bob):
    with pytest.raises(Forbidden):
        access_project(str(bob.id), lighthouse, Role.OWNER)
    with pytest.raises(Forbidden):
        access_project_for(str(bob.id), lighthouse, Action.MANAGE_MEMBERS)


def test_an_outsider_cannot_tell_a_project_from_none(lighthouse, charlie):
    refusals = []
    for project_id in (lighthouse, "nothing"):
        with pytest.raises(NotFound) as refusal:
            access_project(str(charlie.id), project_id, Role.VIEWER)
        refusals.append(refusal.value.message)
    assert refusals[0] == refusals[1]
