"""The index brought back from the items, beside people who go on writing."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import call_command

from projects import indexing
from projects.items import TRASH, CanvasEntry, Membership, Project, project_key, user_key
from projects.table import TableItem

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)


def strip(item: TableItem) -> None:
    TableItem._get_connection().update_item(
        item.pk, item.sk, actions=[TableItem.gsi1pk.remove(), TableItem.gsi1sk.remove()]
    )


@pytest.fixture
def stripped(table) -> list[TableItem]:
    """Memberships and trashed canvases that no index lists any more."""
    found: list[TableItem] = []
    for number in range(150):
        project, made = uuid4().hex, {"created_at": NOW, "created_by": "u"}
        found.append(Membership.build(project, f"u{number}-{project}", role="editor", **made))
        entry = CanvasEntry.build(
            project, uuid4().hex, name="c", updated_at=NOW, deleted_at=NOW, deleted_by="u", **made
        )
        entry.gsi1pk, entry.gsi1sk = TRASH, f"{NOW.isoformat()}#{entry.pk}#{entry.sk}"
        found.append(entry)
    for item in found:
        item.save()
        strip(item)
    return found


def lists(item: TableItem) -> bool:
    if isinstance(item, Membership):
        return bool(
            list(Membership.gsi1.query(user_key(item.user_id), Membership.gsi1sk == project_key(item.project_id)))
        )
    return bool(
        list(TableItem.gsi1.query(TRASH, TableItem.gsi1sk.startswith(f"{NOW.isoformat()}#{item.pk}#{item.sk}")))
    )


def test_stripped_items_are_all_found_again_and_nothing_else_of_them_changes(stripped, tmp_path, capsys):
    assert not any(lists(item) for item in stripped)
    call_command("backfill_index", "--dry-run")
    assert not any(lists(item) for item in stripped)
    call_command("backfill_index", "--rate", "100000", "--state", str(tmp_path / "state"))
    assert all(lists(item) for item in stripped)
    assert not (tmp_path / "state").exists()
    for item in stripped:
        assert type(item).get(item.pk, item.sk).attribute_values == item.attribute_values
    capsys.readouterr()
    call_command("backfill_index")
    assert "0 items put right, 0 others changed meanwhile" in capsys.readouterr().out


def test_a_run_goes_on_in_the_segments_that_are_not_done(stripped, tmp_path):
    state = tmp_path / "state"
    state.write_text(json.dumps(["done", "done", None]))
    call_command("backfill_index", "--rate", "100000", "--state", str(state))
    some = sum(lists(item) for item in stripped)
    assert 0 < some < len(stripped)
    call_command("backfill_index", "--rate", "100000")
    assert all(lists(item) for item in stripped)


def test_what_somebody_writes_between_reading_and_writing_stands(stripped):
    entry = next(item for item in stripped if isinstance(item, CanvasEntry))
    stale = indexing.Stale(CanvasEntry.get(entry.pk, entry.sk), entry.index_keys())
    entry.update(actions=entry.out_of_trash())
    assert not indexing.mend(stale)
    assert not lists(entry)
    membership = next(item for item in stripped if isinstance(item, Membership))
    stale = indexing.Stale(Membership.get(membership.pk, membership.sk), membership.index_keys())
    membership.delete()
    assert not indexing.mend(stale)
    with pytest.raises(Membership.DoesNotExist):
        Membership.get(membership.pk, membership.sk)


def test_every_kind_that_is_built_with_index_keys_says_where_they_come_from(table):
    assert {"project", "membership", "canvas_entry", "asset_grant"} == set(indexing.kinds())
    built = Membership.build("p", "u")
    assert (built.gsi1pk, built.gsi1sk) == built.index_keys()
    assert Project.build("p").index_keys() is None
