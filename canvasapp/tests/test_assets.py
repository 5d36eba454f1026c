"""Uploading pictures and reading them over REST, and what must not work."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from canvasapp import assets
from canvasapp.assets import asset_store
from canvasapp.items import AssetGrant, AssetItem, AssetUsage, asset_key
from canvasapp.services import canvas_create
from canvasapp.tests.pictures import SVG, picture
from projects.access import Role
from projects.exceptions import Conflict, NotFound
from projects.items import METADATA, project_key
from projects.services import member_add, member_remove, project_delete, project_purge
from projects.testing import ROOT, Api, assert_problem, build_project


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    return tmp_path


@pytest.fixture
def project(table, alice):
    return build_project(alice)


@pytest.fixture
def canvas(project, alice):
    return canvas_create(project_id=project, name="Board", created_by=alice)


_colours = iter(range(0x100000, 0xFFFFFF))


def fresh(kind="PNG", **options):
    """A picture that no other test has uploaded: assets are shared by their content."""
    return picture(kind, colour=f"#{next(_colours):06x}", **options)


def upload(user, canvas_id, data, name="picture.png", content_type="image/png", **headers):
    api = Api(user)
    file = SimpleUploadedFile(name, data, content_type)
    return api.client.post(f"{ROOT}assets/", {"canvas": canvas_id, "file": file}, headers=api.headers | headers)


def files(media):
    return [path for path in media.rglob("*") if path.is_file()]


def test_a_picture_is_stored_once_and_read_by_its_id(alice, canvas, media):
    data = fresh()
    made = upload(alice, canvas, data)
    assert made.status_code == 201, made.content
    asset_id = hashlib.sha256(data).hexdigest()
    body = made.json()
    assert body == {
        "id": asset_id,
        "type": "image/png",
        "size": body["size"],
        "width": 40,
        "height": 30,
        "url": f"/api/v1/assets/{asset_id}/",
    }
    again = upload(alice, canvas, data)
    assert (again.status_code, again.json()) == (200, body)
    assert len(files(media)) == 1

    read = Api(alice).get(f"assets/{asset_id}/", Accept="image/avif,image/*;q=0.8")
    assert read.status_code == 200
    assert len(read.content) == body["size"]
    assert Image.open(BytesIO(read.content)).size == (40, 30)
    assert read.headers["Content-Type"] == "image/png"
    assert read.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert read.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert read.headers["Content-Disposition"].startswith("inline;")
    assert read.headers["ETag"] == f'"{asset_id}"'
    assert Api(alice).get(f"assets/{asset_id}/", If_None_Match="x").status_code == 200
    for tag in (f'"{asset_id}"', f'W/"{asset_id}"', "*", f'"x", "{asset_id}"'):
        unchanged = Api(alice).get(f"assets/{asset_id}/", **{"If-None-Match": tag})
        assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_head_tells_without_sending(alice, canvas):
    body = upload(alice, canvas, fresh()).json()
    api = Api(alice)
    head = api.client.head(body["url"], headers=api.headers)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == body["size"]


def test_an_svg_is_saved_rather_than_opened(alice, canvas):
    data = SVG % b"<script>alert(1)</script><rect id='%d' width='5' height='5'/>" % next(_colours)
    made = upload(alice, canvas, data, "x.svg", "image/svg+xml")
    assert (made.status_code, made.json()["type"]) == (201, "image/svg+xml")
    read = Api(alice).get(f"assets/{made.json()['id']}/")
    assert b"script" not in read.content
    assert read.headers["Content-Disposition"].startswith("attachment;")
    assert read.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


# Who may


def test_editors_upload_and_members_read(alice, bob, charlie, canvas, project):
    member_add(project_id=project, user=bob, role=Role.EDITOR, added_by=alice)
    member_add(project_id=project, user=charlie, role=Role.VIEWER, added_by=alice)
    body = upload(bob, canvas, fresh()).json()
    for user in (alice, bob, charlie):
        assert Api(user).get(f"assets/{body['id']}/").status_code == 200
    assert_problem(upload(charlie, canvas, fresh()), 403, "forbidden")


def test_an_outsider_learns_nothing(alice, charlie, canvas):
    data = fresh()
    known = upload(alice, canvas, data).json()["id"]
    unknown = hashlib.sha256(b"nobody uploaded this").hexdigest()
    answers = [Api(charlie).get(f"assets/{asset_id}/") for asset_id in (known, unknown)]
    first, second = (assert_problem(answer, 404, "not_found") for answer in answers)
    assert first == second
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert_problem(upload(charlie, canvas, data), 404, "not_found")
    assert_problem(Api().get(f"assets/{known}/"), 401, "unauthenticated")
    assert_problem(upload(None, canvas, data), 401, "unauthenticated")


@pytest.mark.parametrize("asset_id", ["x", "0" * 63, "A" * 64, "..", "METADATA"])
def test_what_is_no_id_is_not_found(alice, table, asset_id):
    assert_problem(Api(alice).get(f"assets/{asset_id}/"), 404, "not_found")


def test_naming_a_hash_grants_nothing(alice, charlie, canvas, table):
    """An element may name any asset: its picture is shown to whoever may read the asset, and to nobody else."""
    asset_id = upload(alice, canvas, fresh()).json()["id"]
    own = canvas_create(project_id=build_project(charlie), name="Own", created_by=charlie)
    element = {
        "type": "image",
        "position": {"x": 0, "y": 0},
        "dimensions": {"width": 1, "height": 1},
        "properties": {"fileId": asset_id},
    }
    assert Api(charlie).post(f"canvases/{own}/elements/", element).status_code == 201
    assert_problem(Api(charlie).get(f"assets/{asset_id}/"), 404, "not_found")


def test_who_has_the_bytes_may_upload_them_too(alice, charlie, canvas, media):
    data = fresh()
    asset_id = upload(alice, canvas, data).json()["id"]
    own = canvas_create(project_id=build_project(charlie), name="Own", created_by=charlie)
    assert upload(charlie, own, data).status_code == 201
    assert Api(charlie).get(f"assets/{asset_id}/").status_code == 200
    assert len(files(media)) == 1


def test_a_right_taken_away_is_gone_with_the_next_read(alice, bob, canvas, project):
    member_add(project_id=project, user=bob, role=Role.VIEWER, added_by=alice)
    asset_id = upload(alice, canvas, fresh()).json()["id"]
    assert Api(bob).get(f"assets/{asset_id}/").status_code == 200
    member_remove(project_id=project, user_id=str(bob.id))
    assert_problem(Api(bob).get(f"assets/{asset_id}/"), 404, "not_found")


def test_in_many_projects_everybody_still_finds_it_by_their_own(alice, bob, table, monkeypatch):
    monkeypatch.setattr(assets, "BATCH", 2)
    data = fresh()
    for _ in range(4):
        asset_id = asset_store(project_id=build_project(alice), data=data, stored_by=str(alice.id)).asset.id
    assert_problem(Api(bob).get(f"assets/{asset_id}/"), 404, "not_found")
    for _ in range(3):
        build_project(bob)
    asset_store(project_id=build_project(bob), data=data, stored_by=str(bob.id))
    assert Api(bob).get(f"assets/{asset_id}/").status_code == 200


def test_a_project_that_was_deleted_holds_nothing(alice, canvas, project):
    asset_id = upload(alice, canvas, fresh()).json()["id"]
    project_delete(project_id=project, deleted_by=alice)
    assert_problem(Api(alice).get(f"assets/{asset_id}/"), 404, "not_found")
    project_purge(project_id=project)
    assert list(AssetGrant.gsi1.query(asset_key(asset_id))) == []


def test_a_cookie_needs_the_csrf_token(alice, canvas):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    body = {"canvas": canvas, "file": SimpleUploadedFile("x.png", fresh(), "image/png")}
    assert_problem(client.post(f"{ROOT}assets/", body), 403, "csrf_failed")
    body["file"].seek(0)
    token = client.cookies["csrftoken"] = "t" * 32
    assert client.post(f"{ROOT}assets/", body, headers={"X-CSRFToken": token}).status_code == 201


# What is refused


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<html><script>alert(1)</script></html>", 415, "unsupported_media_type"),
        (b"%PDF-1.7", 415, "unsupported_media_type"),
        (b"\x89PNG\r\n\x1a\n" + b"<script>alert(1)</script>", 400, "invalid"),
        (SVG % b"<g>", 400, "invalid"),
        (b"", 400, "invalid"),
        (picture("PNG", size=(16_000, 2_100)), 413, "too_large"),
    ],
)
@pytest.mark.parametrize("name", ["x.png", "x.svg"])
def test_what_cannot_be_used_is_refused_with_its_reason(alice, canvas, media, data, status, code, name):
    body = assert_problem(upload(alice, canvas, data, name), status, code)
    assert body["errors"]["file"]
    assert files(media) == []


def test_the_type_is_that_of_the_content(alice, canvas):
    made = upload(alice, canvas, fresh("JPEG"), "page.html", "text/html")
    assert (made.status_code, made.json()["type"]) == (201, "image/jpeg")
    assert Api(alice).get(f"assets/{made.json()['id']}/").headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("name", ["../../../etc/cron.d/x.png", "..\\..\\x.png", "/etc/passwd", "x\x00.png", "a" * 400])
def test_a_file_is_stored_under_a_name_of_ours(alice, canvas, media, name):
    made = upload(alice, canvas, fresh(), name)
    assert made.status_code == 201
    (file,) = files(media)
    asset_id = made.json()["id"]
    assert file.relative_to(media).parts[:2] == ("assets", asset_id[:2])
    assert file.name.startswith(asset_id)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"file", "canvas"}),
        ({"canvas": "x"}, {"file"}),
        ({"canvas": "x", "file": "not a file"}, {"file"}),
        ({"canvas": "../x", "file": True}, {"canvas"}),
        ({"file": True}, {"canvas"}),
    ],
)
def test_a_missing_part_is_named(alice, table, body, fields):
    if body.get("file") is True:
        body = body | {"file": SimpleUploadedFile("x.png", fresh())}
    api = Api(alice)
    answer = api.client.post(f"{ROOT}assets/", body, headers=api.headers)
    assert set(assert_problem(answer, 400, "invalid")["errors"]) == fields


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", json.dumps({"canvas": "x"}), 415),
        ("image/png", "x", 415),
        ("multipart/form-data", "x", 400),
        ("multipart/form-data; boundary=x", "--x\r\nnonsense", 400),
        ("multipart/form-data; boundary=x", "--x\r\n" * 300 + "--x--", 400),
    ],
)
def test_a_body_that_is_no_upload_is_refused(alice, table, content_type, body, status):
    api = Api(alice)
    answer = api.client.generic("POST", f"{ROOT}assets/", body, content_type, headers=api.headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_hundreds_of_parts_are_refused(alice, canvas):
    api = Api(alice)
    parts = {f"f{number}": SimpleUploadedFile("x.png", b"x") for number in range(200)}
    answer = api.client.post(f"{ROOT}assets/", parts | {"canvas": canvas}, headers=api.headers)
    assert_problem(answer, 400, "invalid")


def test_an_upload_has_its_bound(alice, canvas, settings):
    settings.ASSET_MAX_BYTES = 2_000
    assert upload(alice, canvas, fresh()).status_code == 201
    noisy = BytesIO()
    Image.effect_noise((60, 60), 90).save(noisy, "PNG")
    assert 2_000 < len(noisy.getvalue()) < 60_000
    assert_problem(upload(alice, canvas, noisy.getvalue()), 413, "too_large")
    # Longer than the parser looks at: not a byte of it is read.
    assert_problem(upload(alice, canvas, bytes(100_000)), 413, "too_large")


def test_a_body_says_how_long_it_is(alice, canvas):
    api = Api(alice)
    answer = api.client.generic(
        "POST", f"{ROOT}assets/", b"x", "multipart/form-data; boundary=x", headers=api.headers, CONTENT_LENGTH=""
    )
    assert_problem(answer, 400, "invalid")


def test_a_project_has_room_for_so_much(alice, canvas, project, settings):
    first, second = fresh(), fresh()
    size = upload(alice, canvas, first).json()["size"]
    settings.PROJECT_ASSETS_BYTES = int(size * 1.5)
    assert_problem(upload(alice, canvas, second), 422, "limit")
    assert upload(alice, canvas, first).status_code == 200
    (usage,) = AssetUsage.query(project_key(project))
    assert usage.bytes == size
    settings.PROJECT_ASSETS_BYTES = 3 * size
    assert upload(alice, canvas, second).status_code == 201


def test_a_person_uploads_so_many_a_minute(alice, bob, canvas, project, settings):
    settings.ASSET_UPLOADS_PER_MINUTE = 2
    member_add(project_id=project, user=bob, role=Role.EDITOR, added_by=alice)
    for _ in range(2):
        upload(alice, canvas, fresh())
    refused = upload(alice, canvas, fresh())
    assert_problem(refused, 429, "rate")
    assert int(refused.headers["Retry-After"]) > 0
    assert upload(bob, canvas, fresh()).status_code == 201


# What breaks off, and what happens at once


def test_the_same_bytes_at_once_are_one_asset(alice, project, media):
    data, user = fresh(), str(alice.id)

    def store(_):
        try:
            return asset_store(project_id=project, data=data, stored_by=user)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        stored = list(threads.map(store, range(6)))
    assert len({one.asset for one in stored}) == 1
    assert [one.new for one in stored].count(True) == 1
    assert len(files(media)) == 1
    assert AssetUsage.get(project_key(project), "ASSET_USAGE").bytes == stored[0].asset.size


def test_different_pictures_at_once_are_all_counted(alice, project):
    user = str(alice.id)
    with ThreadPoolExecutor(4) as threads:
        stored = list(
            threads.map(
                lambda data: asset_store(project_id=project, data=data, stored_by=user), [fresh() for _ in "1234"]
            )
        )
    assert all(one.new for one in stored)
    total = sum(one.asset.size for one in stored)
    assert AssetUsage.get(project_key(project), "ASSET_USAGE").bytes == total


def test_a_storage_that_fails_leaves_no_item(alice, canvas, monkeypatch, project):
    def full(*_):
        raise OSError("No space left on device")

    data = fresh()
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "save", full)
        assert_problem(upload(alice, canvas, data), 503, "unavailable")
    asset_id = hashlib.sha256(data).hexdigest()
    with pytest.raises(AssetItem.DoesNotExist):
        AssetItem.get(asset_key(asset_id), METADATA)
    assert upload(alice, canvas, data).status_code == 201


def test_what_broke_off_before_the_grant_is_taken_up_again(alice, project, canvas, media):
    data = fresh()
    item = assets._item_new(hashlib.sha256(data).hexdigest(), assets._clean(data))
    assert_problem(Api(alice).get(f"assets/{item.id}/"), 404, "not_found")
    assert upload(alice, canvas, data).status_code == 201
    assert Api(alice).get(f"assets/{item.id}/").status_code == 200
    assert len(files(media)) == 1


def test_a_file_that_was_lost_is_said_to_be_missing(alice, canvas, media):
    asset_id = upload(alice, canvas, fresh()).json()["id"]
    files(media)[0].unlink()
    assert_problem(Api(alice).get(f"assets/{asset_id}/"), 404, "not_found")


def test_a_project_that_is_gone_gets_nothing(alice, table):
    project = build_project(alice)
    project_delete(project_id=project, deleted_by=alice)
    project_purge(project_id=project)
    with pytest.raises((NotFound, Conflict)):
        asset_store(project_id=project, data=fresh(), stored_by=str(alice.id))
    with pytest.raises(AssetUsage.DoesNotExist):
        AssetUsage.get(project_key(project), "ASSET_USAGE")
