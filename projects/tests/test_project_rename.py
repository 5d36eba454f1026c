import pytest

from projects.exceptions import NotFound
from projects.selectors import project_get
from projects.services import project_rename


def test_it_has_the_new_name(lighthouse, alice):
    project_rename(project_id=lighthouse, name="Beacon", renamed_by=alice)
    assert project_get(project_id=lighthouse).name == "Beacon"


def test_renaming_makes_no_project(table, alice):
    with pytest.raises(NotFound):
        project_rename(project_id="nothing", name="Beacon", renamed_by=alice)
    with pytest.raises(NotFound):
        project_get(project_id="nothing")
