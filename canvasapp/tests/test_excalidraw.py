import json

import pytest

from canvasapp.excalidraw import NotExcalidraw, drawing_read

BASE = {"type": "rectangle", "x": 1, "y": 2, "width": 3, "height": 4}


def read(elements, **document):
    return drawing_read(json.dumps({"type": "excalidraw", "elements": elements, **document}).encode())


def test_an_element_becomes_ours_and_its_rest_properties():
    element = BASE | {"id": "a", "angle": 0.5, "index": "a0", "strokeColor": "#f00", "version": 9, "updated": 1}
    (op,) = read([element | {"link": None, "isDeleted": False, "versionNonce": 3}]).ops
    assert op == {
        "op": "create",
        "id": "a",
        "type": "rectangle",
        "position": {"x": 1, "y": 2},
        "dimensions": {"width": 3, "height": 4},
        "angle": 0.5,
        "index": "a0",
        "properties": {"strokeColor": "#f00"},
    }


def test_deleted_elements_are_not_worth_a_word():
    drawing = read([BASE | {"id": "a", "isDeleted": True}])
    assert (drawing.ops, drawing.skipped) == ([], [])


@pytest.mark.parametrize("indices", [[None, None, None], ["a1", "a0", "a2"], ["a0", "a0", "a1"], ["a0", "", "~"]])
def test_without_good_indices_the_files_order_counts(indices):
    drawing = read([BASE | {"id": f"e{n}", "index": index} for n, index in enumerate(indices)])
    made = [op["index"] for op in drawing.ops]
    assert made == sorted(set(made))
    assert len(made) == 3


def test_good_indices_are_kept():
    assert [op["index"] for op in read([BASE | {"id": i, "index": i} for i in ("a1", "a5")]).ops] == ["a1", "a5"]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ("text", "not an object"),
        (BASE, "id"),
        (BASE | {"id": "a", "type": "spaceship"}, "not a type"),
        (BASE | {"id": "a", "x": None}, "x"),
        (BASE | {"id": "a", "note": "a" * 300_000}, ""),
        (BASE | {"id": "a", "type": "image", "fileId": "none"}, "picture is not in the file"),
        (BASE | {"id": "a", "type": "image", "fileId": "huge"}, "picture has"),
        (BASE | {"id": "a", "type": "image", "fileId": "page"}, "picture is not in the file"),
    ],
)
def test_what_does_not_fit_is_left_out_and_reported(element, reason):
    files = {
        "huge": {"mimeType": "image/png", "dataURL": "data:image/png;base64," + "A" * 200_000},
        "page": {"mimeType": "text/html", "dataURL": "data:text/html,<script>"},
    }
    drawing = read([element, BASE | {"id": "good"}], files=files)
    assert [op["id"] for op in drawing.ops] == ["good"]
    (skipped,) = drawing.skipped
    assert reason in skipped.reason


def test_an_id_that_occurs_twice_counts_once():
    drawing = read([BASE | {"id": "a"}, BASE | {"id": "a"}])
    assert (len(drawing.ops), len(drawing.skipped)) == (1, 1)


def test_a_small_picture_goes_with_its_element():
    files = {"f": {"mimeType": "image/png", "dataURL": "data:image/png;base64,AAAA"}}
    (op,) = read([BASE | {"id": "a", "type": "image", "fileId": "f"}], files=files).ops
    assert op["properties"] == {"fileId": "f", "file": files["f"]}


def test_batches_fit_an_intent():
    drawing = read([BASE | {"id": f"e{n}", "note": "a" * 1_000} for n in range(2_500)])
    batches = list(drawing.batches())
    assert [op for batch in batches for op in batch] == drawing.ops
    assert all(len(batch) <= 1_000 and len(json.dumps(batch)) <= 512 * 1024 for batch in batches)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"elements": 5}', b"\xff", b"[" * 100_000])
def test_what_is_no_drawing_is_refused(data):
    with pytest.raises(NotExcalidraw):
        drawing_read(data)
