import pytest

from projects.access import role_in
from projects.items import project_key
from projects.selectors import projects_of
from projects.services import project_delete
from projects.signals import project_deleting
from projects.table import TableItem


def test_nothing_of_it_is_left(lighthouse, alice, bob):
    project_delete(project_id=lighthouse)
    assert list(TableItem.query(project_key(lighthouse))) == []
    assert projects_of(user_id=str(alice.id)).results == []
    assert role_in(str(bob.id), lighthouse) is None


def test_a_receiver_that_fails_stops_it_and_an_owner_can_ask_again(lighthouse, alice):
    def refuse(**_):
        raise RuntimeError

    project_deleting.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            project_delete(project_id=lighthouse)
    finally:
        project_deleting.disconnect(refuse)
    assert role_in(str(alice.id), lighthouse) is not None
    project_delete(project_id=lighthouse)
    assert role_in(str(alice.id), lighthouse) is None
