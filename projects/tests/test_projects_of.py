import base64

import pytest

from projects.access import Role
from projects.exceptions import Invalid
from projects.selectors import everything, projects_of
from projects.services import project_create
from projects.testing import build_project


def test_it_lists_what_a_user_is_a_member_of_with_the_role(lighthouse, alice, bob, charlie):
    own = project_create(name="Own", created_by=bob)
    rows = projects_of(user_id=str(bob.id)).results
    assert [(row.project.id, row.project.name, row.role) for row in rows] == [
        (lighthouse, "Lighthouse", Role.EDITOR),
        (own.id, "Own", Role.OWNER),
    ]
    assert projects_of(user_id=str(charlie.id)).results == []


def test_pages_join_to_the_whole_without_a_repetition(table, alice):
    ids = [build_project(alice) for _ in range(5)]
    first = projects_of(user_id=str(alice.id), limit=2)
    assert len(first.results) == 2
    assert first.next
    rows = everything(lambda cursor: projects_of(user_id=str(alice.id), limit=2, cursor=cursor))
    assert [row.project.id for row in rows] == ids


def test_the_last_page_says_so(table, alice):
    for _ in range(4):
        build_project(alice)
    first = projects_of(user_id=str(alice.id), limit=2)
    assert projects_of(user_id=str(alice.id), limit=2, cursor=first.next).next is None


@pytest.mark.parametrize("cursor", ["!!", "é", base64.urlsafe_b64encode(b"a#b").decode(), "A" * 400])
def test_a_made_up_cursor_is_refused(table, alice, cursor):
    with pytest.raises(Invalid):
        projects_of(user_id=str(alice.id), cursor=cursor)


def test_someone_elses_cursor_shows_nothing_of_theirs(table, alice, bob):
    for _ in range(3):
        build_project(alice)
    cursor = projects_of(user_id=str(alice.id), limit=1).next
    assert projects_of(user_id=str(bob.id), cursor=cursor).results == []
