"""Files in and out, by the REST API."""

import json
from base64 import b64encode
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from canvasapp import services
from canvasapp.assets import asset_in
from canvasapp.exceptions import Unavailable
from canvasapp.exchange_api import content_disposition
from canvasapp.services import canvas_create
from projects.selectors import canvases_of
from projects.testing import ROOT, Api, assert_problem, build_project


def drawn_png():
    data = BytesIO()
    Image.new("RGB", (3, 2), "red").save(data, "PNG")
    return "data:image/png;base64," + b64encode(data.getvalue()).decode()


PNG = drawn_png()
BASE = {"type": "rectangle", "x": 1.0, "y": 2.0, "width": 30.0, "height": 40.0}


@pytest.fixture
def lighthouse(table, alice, bob):
    return build_project(alice, viewer=bob)


@pytest.fixture
def board(lighthouse, alice):
    return canvas_create(project_id=lighthouse, name="Café “plan”; 計画", created_by=alice)


def drawing(*elements, **document):
    return {"type": "excalidraw", "version": 2, "elements": list(elements), **document}


def imported(user, project, body, query=""):
    answer = Api(user).post(f"projects/{project}/canvases/import/{query}", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def exported(user, canvas, query=""):
    answer = Api(user).get(f"canvases/{canvas}/export/{query}")
    assert answer.status_code == 200, answer.content
    return answer


def test_a_file_becomes_a_canvas_and_says_what_it_left_out(lighthouse, alice):
    image = BASE | {"id": "i", "type": "image", "fileId": "f"}
    body = drawing(BASE | {"id": "a"}, BASE | {"id": "s", "type": "spaceship"}, image, files={"f": {"dataURL": PNG}})
    report = imported(alice, lighthouse, body)
    assert (report["imported"], report["seq"], report["repaired"]) == (2, 1, [])
    assert [(one["index"], one["type"]) for one in report["skipped"]] == [(1, "spaceship")]
    loaded = Api(alice).get(f"canvases/{report['canvas']}/").json()
    assert [element["id"] for element in loaded["elements"]] == ["a", "i"]
    assert loaded["canvas"]["name"] == "Imported canvas"


def test_a_form_with_a_file_names_the_canvas(lighthouse, alice):
    api = Api(alice)
    file = SimpleUploadedFile("Our plan.excalidraw", json.dumps(drawing(BASE | {"id": "a"})).encode())
    answer = api.client.post(ROOT + f"projects/{lighthouse}/canvases/import/", {"file": file}, headers=api.headers)
    assert answer.status_code == 201
    assert [canvas.name for canvas in canvases_of(project_id=lighthouse).results] == ["Our plan"]


def test_a_file_of_many_parts_takes_several_commits(lighthouse, alice):
    report = imported(alice, lighthouse, drawing(*(BASE | {"id": f"e{n}"} for n in range(2_500))))
    assert (report["imported"], report["seq"]) == (2_500, 3)


def test_exports_come_back_as_they_went(lighthouse, alice):
    words = BASE | {
        "id": "t",
        "type": "text",
        "text": "a long\nline",
        "originalText": "a long line",
        "containerId": "a",
    }
    image = BASE | {"id": "i", "type": "image", "fileId": "f"}
    body = drawing(BASE | {"id": "a", "strokeColor": "#f00"}, words, image, files={"f": {"dataURL": PNG}})
    first = imported(alice, lighthouse, body)["canvas"]
    for query in ("?format=json", "?format=excalidraw"):
        written = exported(alice, first, query).json()
        second = imported(alice, lighthouse, written)["canvas"]
        again = exported(alice, second, query).json()
        assert again | {"name": ""} == written | {"name": ""}
    (picture,) = written["files"].values()
    assert picture["dataURL"].startswith("data:image/png;base64,")
    assert asset_in(project_id=lighthouse, asset_id=picture["id"]) is not None
    assert [element.get("originalText") for element in written["elements"]] == [None, "a long line", None]


def test_the_history_reference_is_there_when_asked_for(board, alice):
    Api(alice).post(f"canvases/{board}/elements/", {"type": "ellipse", **box()})
    assert "history" not in exported(alice, board).json()
    reference = exported(alice, board, "?format=json&history=1").json()["history"]
    (commit,) = Api(alice).get(f"canvases/{board}/commits/").json()["results"]
    assert reference == {"canvas": board, "seq": 1, "hash": commit["hash"]}


def test_a_picture_that_the_store_refuses_is_left_out_and_said(lighthouse, alice):
    image = BASE | {"id": "i", "type": "image", "fileId": "f"}
    broken = {"f": {"dataURL": "data:image/png;base64,iVBORw0KGgo="}}
    report = imported(alice, lighthouse, drawing(image, BASE | {"id": "a"}, files=broken))
    assert (report["imported"], [one["type"] for one in report["skipped"]]) == (1, ["image"])
    assert report["skipped"][0]["reason"]
    for unreadable in ("data:image/png;base64,%%%", "data:image/png;base64,iVBORé"):
        report = imported(alice, lighthouse, drawing(image, files={"f": {"dataURL": unreadable}}))
        assert report["imported"] == 0


def test_the_id_of_another_projects_picture_brings_nothing_out(lighthouse, alice, charlie):
    image = BASE | {"id": "i", "type": "image", "fileId": "f"}
    mine = imported(alice, lighthouse, drawing(image, files={"f": {"dataURL": PNG}}))["canvas"]
    (asset_id,) = exported(alice, mine).json()["files"]
    theirs = build_project(charlie)
    board = canvas_create(project_id=theirs, name="Theirs", created_by=charlie)
    Api(charlie).post(f"canvases/{board}/elements/", {"type": "image", **box(), "properties": {"fileId": asset_id}})
    assert exported(charlie, board).json()["files"] == {}
    assert b"data:" not in exported(charlie, board, "?format=svg").content


def box():
    return {"position": {"x": 0, "y": 0}, "dimensions": {"width": 90, "height": 60}}


def test_an_svg_is_a_file_with_a_name_of_any_letters(board, bob):
    answer = exported(bob, board, "?format=svg&dark=1&background=0")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Caf_ _plan__ __.svg"; '
        "filename*=UTF-8''Caf%C3%A9%20%E2%80%9Cplan%E2%80%9D%3B%20%E8%A8%88%E7%94%BB.svg"
    )


@pytest.mark.parametrize(
    "name", ['a"b', "a\r\nSet-Cookie: x=y", "../../etc/passwd", "a;b='c'", "", "...", "a%41", "\ud800"]
)
def test_a_file_name_cannot_break_out_of_its_header(name):
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    plain = header.removeprefix('attachment; filename="').partition('"')[0]
    assert plain
    assert not set(plain) & set("\r\n\"\\/;%'")


@pytest.mark.parametrize("query", ["?format=pdf", "?format=", "?format=svg&dark=maybe", "?history=perhaps"])
def test_an_export_of_another_kind_is_a_problem(board, alice, query):
    assert assert_problem(Api(alice).get(f"canvases/{board}/export/{query}"), 400, "invalid")["errors"]


def test_who_may_take_out_and_bring_in(lighthouse, board, bob, charlie):
    body = drawing(BASE | {"id": "a"})
    assert_problem(Api(charlie).get(f"canvases/{board}/export/"), 404, "not_found")
    assert_problem(Api(charlie).post(f"projects/{lighthouse}/canvases/import/", body), 404, "not_found")
    assert_problem(Api(charlie).post(f"canvases/{board}/import/", body), 404, "not_found")
    assert_problem(Api(bob).post(f"projects/{lighthouse}/canvases/import/", body), 403, "forbidden")
    assert_problem(Api(bob).post(f"canvases/{board}/import/", body), 403, "forbidden")
    assert_problem(Api().post(f"canvases/{board}/import/", body), 401, "unauthenticated")
    assert exported(bob, board).json()["elements"] == []


@pytest.mark.parametrize("body", ["", "{", "[]", '{"elements": 5}', "\u0000", "[" * 50_000])
def test_what_is_no_drawing_is_a_problem_and_leaves_nothing(lighthouse, alice, body):
    problem = assert_problem(Api(alice).post(f"projects/{lighthouse}/canvases/import/", body), 400, "invalid")
    assert problem["errors"]["file"]
    assert canvases_of(project_id=lighthouse).results == []


def test_a_form_without_a_file_is_a_problem(lighthouse, alice):
    api = Api(alice)
    answer = api.client.post(ROOT + f"projects/{lighthouse}/canvases/import/", {"other": "x"}, headers=api.headers)
    assert assert_problem(answer, 400, "invalid")["errors"]["file"]


def test_a_file_that_is_too_large_is_a_problem(lighthouse, alice, monkeypatch):
    monkeypatch.setattr("canvasapp.exchange_api.MAX_FILE_BYTES", 1_000)
    body = drawing(BASE | {"id": "a", "note": "a" * 1_000})
    assert_problem(Api(alice).post(f"projects/{lighthouse}/canvases/import/", body), 413, "too_large")


def test_an_import_that_breaks_off_leaves_no_half_canvas(lighthouse, alice, monkeypatch):
    submit = services.intent_submit
    calls = []

    def breaks_off(**asked):
        calls.append(asked)
        if len(calls) == 2:
            raise Unavailable
        return submit(**asked)

    monkeypatch.setattr(services, "intent_submit", breaks_off)
    body = drawing(*(BASE | {"id": f"e{n}"} for n in range(1_500)))
    assert_problem(Api(alice).post(f"projects/{lighthouse}/canvases/import/", body), 503, "unavailable")
    assert len(calls) >= 2
    assert canvases_of(project_id=lighthouse).results == []
    board = canvas_create(project_id=lighthouse, name="Board", created_by=alice)
    calls.clear()
    assert_problem(Api(alice).post(f"canvases/{board}/import/", body), 503, "unavailable")
    monkeypatch.undo()
    assert exported(alice, board).json()["elements"] == []


def test_into_a_canvas_with_new_ids_beside_what_is_there(board, alice):
    body = drawing(BASE | {"id": "a"}, BASE | {"id": "t", "type": "text", "text": "hi", "containerId": "a"})
    for _ in range(2):
        assert Api(alice).post(f"canvases/{board}/import/", body).status_code == 201
    elements = exported(alice, board).json()["elements"]
    assert len({element["id"] for element in elements}) == 4
    assert [element["position"]["x"] for element in elements] == [1.0, 1.0, 111.0, 111.0]
    assert [e["properties"].get("containerId") for e in elements] == [None, elements[0]["id"], None, elements[2]["id"]]
    report = Api(alice).post(f"canvases/{board}/import/?x=500&y=-500", drawing(BASE | {"id": "a"})).json()
    assert report["imported"] == 1
    assert exported(alice, board).json()["elements"][-1]["position"] == {"x": 485.0, "y": -520.0}


@pytest.mark.parametrize("query", ["?x=1", "?x=nan&y=1", "?x=1e400&y=2", "?x=&y="])
def test_a_place_is_two_numbers(board, alice, query):
    answer = Api(alice).post(f"canvases/{board}/import/{query}", drawing(BASE | {"id": "a"}))
    assert assert_problem(answer, 400, "invalid")["errors"]
