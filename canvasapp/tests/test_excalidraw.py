import json
from itertools import count

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvasapp.elements import FAMILIES
from canvasapp.excalidraw import NotExcalidraw, drawing_read, excalidraw_document, own_document, renewed
from canvasapp.ops import Create, apply
from canvasapp.svg import embedded_picture

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
        (BASE | {"id": "a", "type": "image", "fileId": "page"}, "picture is not in the file"),
    ],
)
def test_what_does_not_fit_is_left_out_and_reported(element, reason):
    files = {"page": {"mimeType": "text/html", "dataURL": "data:text/html,<script>"}}
    drawing = read([element, BASE | {"id": "good"}], files=files)
    assert [op["id"] for op in drawing.ops] == ["good"]
    (skipped,) = drawing.skipped
    assert reason in skipped.reason


def test_an_id_that_occurs_twice_counts_once():
    drawing = read([BASE | {"id": "a"}, BASE | {"id": "a"}])
    assert (len(drawing.ops), len(drawing.skipped)) == (1, 1)


def test_a_remark_says_where_in_the_file_its_element_stands():
    drawing = read(
        [BASE | {"id": "a"}, BASE | {"id": "gone", "isDeleted": True}, BASE | {"id": "b", "type": "spaceship"}]
    )
    assert drawing.skipped[0].as_dict() | {"reason": ""} == {"index": 2, "id": "b", "type": "spaceship", "reason": ""}


def test_what_points_nowhere_is_taken_off_and_said():
    text = BASE | {"id": "t", "type": "text", "text": "hi", "containerId": "gone", "frameId": "box"}
    arrow = BASE | {
        "id": "w",
        "type": "arrow",
        "startBinding": {"elementId": "gone"},
        "endBinding": {"elementId": "box"},
    }
    drawing = read([BASE | {"id": "box"}, text, arrow, BASE | {"id": "odd", "frameId": ["x"], "startBinding": 5}])
    assert [remark.id for remark in drawing.repaired] == ["t", "t", "w", "odd", "odd"]
    assert drawing.skipped == []
    by_id = {op["id"]: op["properties"] for op in drawing.ops}
    assert by_id["t"] == {"text": "hi"}
    assert by_id["w"] == {"endBinding": {"elementId": "box"}}


def test_the_text_is_what_was_typed():
    (op,) = read([BASE | {"id": "t", "type": "text", "text": "a long\nline", "originalText": "a long line"}]).ops
    assert op["properties"] == {"text": "a long line"}


def test_new_ids_keep_what_belongs_together():
    elements = [
        BASE | {"id": "frame", "type": "frame"},
        BASE | {"id": "box", "frameId": "frame", "groupIds": ["g1", "g2"]},
        BASE | {"id": "words", "type": "text", "text": "hi", "containerId": "box", "groupIds": ["g1", "g2"]},
        BASE | {"id": "arrow", "type": "arrow", "startBinding": {"elementId": "box", "gap": 1}, "groupIds": ["g2"]},
    ]
    numbers = count()
    frame, box, words, arrow = renewed(read(elements).ops, lambda: f"new{next(numbers)}")
    assert not {op["id"] for op in (frame, box, words, arrow)} & {"frame", "box", "words", "arrow"}
    assert box["properties"]["frameId"] == frame["id"]
    assert words["properties"]["containerId"] == box["id"]
    assert arrow["properties"]["startBinding"] == {"elementId": box["id"], "gap": 1}
    first, second = box["properties"]["groupIds"]
    assert words["properties"]["groupIds"] == [first, second]
    assert arrow["properties"]["groupIds"] == [second]
    assert "index" not in box


def standing(drawing):
    """The elements that a canvas has after the drawing's ops."""
    return [apply(msgspec.convert(op, Create), None) for op in drawing.ops]


NUMBER = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "strokeColor": st.sampled_from(["#1e1e1e", "#e03131"]),
        "opacity": st.integers(0, 100),
        "groupIds": st.lists(st.sampled_from(["g1", "g2"]), max_size=2, unique=True),
        "frameId": st.sampled_from(["e0", "e1", "gone"]),
        "containerId": st.sampled_from(["e0", "e1", "gone"]),
        "startBinding": st.sampled_from(["e0", "e1", "gone"]).map(lambda target: {"elementId": target, "gap": 1}),
        "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
        "points": st.lists(st.tuples(NUMBER, NUMBER).map(list), max_size=3),
        "customData": st.dictionaries(st.text("abc", min_size=1, max_size=3), st.none() | st.booleans(), max_size=2),
    },
)
ELEMENTS = st.lists(
    st.tuples(st.sampled_from(sorted(FAMILIES)), NUMBER, NUMBER, NUMBER, NUMBER, PROPERTIES), min_size=1, max_size=6
)


@pytest.mark.parametrize("kind", ["ours", "excalidraw"])
@given(made=ELEMENTS)
def test_export_import_export_is_the_same(kind, made):
    elements = [
        {"id": f"e{n}", "type": type_, "x": x, "y": y, "width": width, "height": height, **properties}
        | ({"fileId": "pic"} if type_ == "image" else {})
        for n, (type_, x, y, width, height, properties) in enumerate(made)
    ]
    files = {"pic": {"mimeType": "image/png", "dataURL": "data:image/png;base64,AAAA"}}
    first = read(elements, files=files)

    def picture(_):
        return files["pic"]["dataURL"]

    def write(drawing):
        if kind == "excalidraw":
            return excalidraw_document(standing(drawing), picture)
        return own_document(standing(drawing), picture, name="Board", history=None)

    exported = write(first)
    again = drawing_read(msgspec.json.encode(exported))
    assert (again.skipped, again.repaired) == ([], [])
    assert write(again) == exported
    assert len(exported["elements"]) == len(made)


def test_a_file_says_on_both_sides_what_is_bound():
    elements = [
        BASE | {"id": "box"},
        BASE | {"id": "words", "type": "text", "text": "hi", "containerId": "box"},
        BASE
        | {"id": "arrow", "type": "arrow", "startBinding": {"elementId": "box"}, "endBinding": {"elementId": "box"}},
    ]
    written = excalidraw_document(standing(read(elements)), embedded_picture)["elements"]
    bound = {element["id"]: element["boundElements"] for element in written}
    assert bound["box"] == [{"id": "words", "type": "text"}, {"id": "arrow", "type": "arrow"}]
    assert bound["words"] is None


def test_batches_fit_an_intent():
    drawing = read([BASE | {"id": f"e{n}", "note": "a" * 1_000} for n in range(2_500)])
    batches = list(drawing.batches())
    assert [op for batch in batches for op in batch] == drawing.ops
    assert all(len(batch) <= 1_000 and len(json.dumps(batch)) <= 512 * 1024 for batch in batches)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"elements": 5}', b"\xff", b"[" * 100_000])
def test_what_is_no_drawing_is_refused(data):
    with pytest.raises(NotExcalidraw):
        drawing_read(data)
