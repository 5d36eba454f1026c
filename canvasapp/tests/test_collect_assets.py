"""What nothing refers to goes; what a canvas or its log refers to stays, and so does what came lately."""

import io
import json
import os
import time

import pytest
from django.core.management import call_command

from canvasapp import assets_collect
from canvasapp.assets import asset_store
from canvasapp.assets_collect import Sweep, remove_grant
from canvasapp.items import AssetGrant, AssetItem, AssetUsage, asset_key
from canvasapp.services import canvas_create, canvas_delete, intent_submit
from canvasapp.tests.pictures import picture
from projects.items import METADATA, project_key
from projects.services import project_delete, project_purge
from projects.testing import build_project

LONG_AGO = int(time.time()) - 90 * 24 * 60 * 60


@pytest.fixture(autouse=True)
def media(settings, tmp_path, table):
    """Also an empty table of pictures: other tests' files are in folders that are gone."""
    settings.MEDIA_ROOT = tmp_path / "media"
    for kind in (AssetItem, AssetGrant, AssetUsage):
        for item in kind.scan():
            item.delete()
    return settings.MEDIA_ROOT


@pytest.fixture
def project(alice):
    return build_project(alice)


@pytest.fixture
def canvas(project, alice):
    return canvas_create(project_id=project, name="Board", created_by=alice)


def store(project, size, used_at=LONG_AGO):
    """A picture that was uploaded long ago."""
    asset_id = asset_store(project_id=project, data=picture(size=(size, size)), stored_by="x").asset.id
    AssetItem.build(asset_id).update([AssetItem.used_at.set(used_at)])
    AssetGrant.build(project, asset_id).update([AssetGrant.used_at.set(used_at)])
    return asset_id


def draw(canvas, author, element_id, asset_id, **properties):
    op = {
        "op": "create",
        "id": element_id,
        "type": "image",
        "position": {"x": 0, "y": 0},
        "dimensions": {"width": 1, "height": 1},
        "properties": {"fileId": asset_id, **properties},
    }
    intent_submit(canvas_id=canvas, author=author, ops=[op])


def collect(*options):
    out = io.StringIO()
    call_command("collect_assets", *options, "--rate", "100000", stdout=out)
    return out.getvalue()


def stored():
    return {item.id for item in AssetItem.scan()}


def files(media):
    return {path.name[:64] for path in media.rglob("*") if path.is_file()}


def test_only_what_is_referred_to_stays(project, canvas, alice, media):
    used, unused, lately = store(project, 11), store(project, 12), store(project, 13, int(time.time()))
    draw(canvas, alice, "image", used)
    said = collect("--delete")
    assert "Pictures that their project does not use: 1," in said
    assert stored() == files(media) == {used, lately}
    with pytest.raises(AssetGrant.DoesNotExist):
        AssetGrant.get(project_key(project), asset_key(unused))
    sizes = [AssetItem.get(asset_key(one), METADATA).size for one in (used, lately)]
    assert AssetUsage.get(project_key(project), "ASSET_USAGE").bytes == sum(sizes)


def test_without_delete_nothing_goes(project, media):
    unused = store(project, 12)
    for options in ((), ("--dry-run",), ("--delete", "--dry-run")):
        assert "Nothing was removed" in collect(*options)
    assert stored() == files(media) == {unused}


def test_what_was_deleted_from_a_canvas_stays_for_its_history(project, canvas, alice):
    erased, replaced, hidden = store(project, 11), store(project, 12), store(project, 13)
    draw(canvas, alice, "a", erased)
    intent_submit(canvas_id=canvas, author=alice, ops=[{"op": "delete", "id": "a"}])
    draw(canvas, alice, "b", replaced)
    intent_submit(
        canvas_id=canvas, author=alice, ops=[{"op": "update", "id": "b", "set": {"properties.fileId": hidden}}]
    )
    collect("--delete")
    assert stored() == {erased, replaced, hidden}


def test_a_canvas_in_the_trash_keeps_its_pictures(project, canvas, alice):
    used = store(project, 11)
    draw(canvas, alice, "a", used)
    canvas_delete(canvas_id=canvas, deleted_by=alice)
    collect("--delete")
    assert stored() == {used}


def test_a_reference_in_a_large_commit_counts(project, canvas, alice):
    """Such a commit is in several items; it is not in the elements, for the canvas is not checkpointed by then."""
    used = store(project, 11)
    noise = "".join(f"{number * 2_654_435_761 % 2**32:08x} " for number in range(26_000))
    draw(canvas, alice, "a", used, note=noise)
    collect("--delete")
    assert stored() == {used}


def test_another_projects_reference_does_not_count(project, canvas, alice):
    other = build_project(alice)
    shared = store(project, 11)
    store(other, 11)
    draw(canvas, alice, "a", shared)
    collect("--delete")
    assert stored() == {shared}
    AssetGrant.get(project_key(project), asset_key(shared))
    with pytest.raises(AssetGrant.DoesNotExist):
        AssetGrant.get(project_key(other), asset_key(shared))


def test_what_a_purged_project_had_goes(project, canvas, alice, media):
    draw(canvas, alice, "a", store(project, 11))
    project_delete(project_id=project, deleted_by=alice)
    collect("--delete")
    assert len(stored()) == 1
    project_purge(project_id=project)
    collect("--delete")
    assert stored() == files(media) == set()


def test_a_picture_that_is_uploaded_again_meanwhile_stays(project):
    unused = store(project, 12)
    sweep = Sweep(started_at=time.time())
    while not sweep.done:
        sweep.step()
    (grant,) = sweep.unused_grants(int(time.time()) - 1_000)
    asset_store(project_id=project, data=picture(size=(12, 12)), stored_by="x")
    assert remove_grant(grant, int(time.time()) - 1_000) is False
    collect("--delete")
    assert stored() == {unused}


def test_files_of_uploads_that_broke_off_go_when_they_are_old(project, media):
    kept = store(project, 11, int(time.time()))
    for name, age in (("a" * 64, 90), ("b" * 64, 1)):
        file = media / "assets" / name[:2] / f"{name}-left"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x")
        os.utime(file, (time.time() - age * 86_400,) * 2)
    assert "Files that are no picture's: 1, 1 bytes" in collect("--delete")
    assert files(media) == {kept, "b" * 64}


def test_a_walk_that_broke_off_goes_on(project, canvas, alice, tmp_path, monkeypatch):
    monkeypatch.setattr(assets_collect, "PAGE", 2)
    used, unused = store(project, 11), store(project, 12)
    draw(canvas, alice, "a", used)
    first = Sweep(started_at=time.time())
    for _ in range(3):
        first.step()
    state = tmp_path / "walk.json"
    state.write_text(json.dumps(first.as_dict()))
    said = collect("--delete", "--state", str(state))
    assert "Going on behind 6 items." in said
    assert stored() == {used}
    assert unused not in stored()
    assert not state.exists()
