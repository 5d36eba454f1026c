import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from projects.items import METADATA, CanvasEntry, Project, project_key
from projects.selectors import canvases_of
from projects.services import project_delete, project_restore
from projects.testing import build_project


def purge(*options):
    said = StringIO()
    call_command("purge_deleted", "--pause=0", *options, stdout=said)
    return said.getvalue()


def aged(item, days):
    item.refresh(consistent_read=True)
    item.update(item.into_trash(dt.datetime.now(dt.UTC) - dt.timedelta(days=days), "someone"))


def there(project_id):
    try:
        return Project.get(project_key(project_id), METADATA, consistent_read=True)
    except Project.DoesNotExist:
        return None


def test_what_is_a_month_in_the_trash_is_removed_and_nothing_else(table, alice):
    old, fresh, back = (build_project(alice) for _ in range(3))
    for project_id in (old, fresh, back):
        project_delete(project_id=project_id, deleted_by=alice)
    for project_id in (old, back):
        aged(Project.build(project_id), 31)
    project_restore(project_id=back)
    said = purge("--dry-run")
    assert old in said
    assert fresh not in said
    assert there(old)
    purge()
    assert there(old) is None
    assert there(fresh)
    assert there(back)


def test_a_canvas_goes_without_its_project(lighthouse):
    now = dt.datetime.now(dt.UTC)
    for name in ("kept", "gone"):
        CanvasEntry.build(lighthouse, name, name=name, created_at=now, updated_at=now, created_by="someone").save()
    aged(CanvasEntry.build(lighthouse, "gone"), 31)
    assert [entry.name for entry in canvases_of(project_id=lighthouse, deleted=True).results] == ["gone"]
    purge()
    assert canvases_of(project_id=lighthouse, deleted=True).results == []
    assert [entry.name for entry in canvases_of(project_id=lighthouse).results] == ["kept"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_page_of_canvases_is_full_whatever_is_in_the_trash_between(lighthouse, limit):
    now = dt.datetime.now(dt.UTC)
    for number in range(6):
        entry = CanvasEntry.build(
            lighthouse, f"c{number}", name=f"c{number}", created_at=now, updated_at=now, created_by="someone"
        )
        entry.save()
        if number % 2:
            entry.update(entry.into_trash(now, "someone"))
    page = canvases_of(project_id=lighthouse, limit=limit)
    assert len(page.results) == min(limit, 3)
    assert (page.next is None) == (limit >= 3)
