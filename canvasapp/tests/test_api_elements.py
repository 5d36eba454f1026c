from base64 import b64decode

import pytest

from canvasapp.exceptions import Refused
from projects.testing import Api, assert_problem, build_project

BOX = {"type": "rectangle", "position": {"x": 1, "y": 2}, "dimensions": {"width": 30, "height": 40}}


@pytest.fixture
def api(table, alice):
    return Api(alice)


@pytest.fixture
def elements(api, alice):
    """The address of a canvas's elements."""
    canvas = api.post(f"projects/{build_project(alice)}/canvases/", {"name": "Board"}).json()
    return f"canvases/{canvas['id']}/elements/"


@pytest.fixture
def box(api, elements):
    """The address of an element at version 1."""
    made = api.post(elements, {**BOX, "properties": {"strokeColor": "#f00", "note": "x"}})
    return f"{elements}{made.json()['id']}/"


def test_create_then_read(api, elements, alice):
    made = api.post(elements, {**BOX, "properties": {"strokeColor": "#f00"}})
    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    element = made.json()
    assert element["version"] == 1
    assert element["created_by"] == str(alice.id)
    assert made.headers["Location"].endswith(f"/elements/{element['id']}/")
    read = api.client.get(made.headers["Location"], headers=api.headers)
    assert read.json() == element
    assert read.headers["ETag"] == '"1"'


def test_an_id_may_be_chosen_once(api, elements):
    assert api.post(elements, {**BOX, "id": "mine"}).json()["id"] == "mine"
    assert_problem(api.post(elements, {**BOX, "id": "mine"}), 409, "exists")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "body"),
        ({**BOX, "position": {"x": "1", "y": 0}}, "position.x"),
        ({**BOX, "position": {"x": 1e12, "y": 0}}, "position.x"),
        ({**BOX, "position": {"x": 1}}, "position"),
        ({**BOX, "id": "with space"}, "id"),
        ({**BOX, "angle": None}, "angle"),
        ({**BOX, "properties": []}, "properties"),
        ({**BOX, "colour": "#f00"}, "body"),
    ],
)
def test_what_is_wrong_is_named(api, elements, body, field):
    assert field in assert_problem(api.post(elements, body), 400, "invalid")["errors"]


def test_an_unknown_type_is_refused(api, elements):
    assert_problem(api.post(elements, {**BOX, "type": "spaceship"}), 400, "invalid")


def test_a_property_that_is_too_large_is_refused(api, elements):
    assert_problem(api.post(elements, {**BOX, "properties": {"note": "a" * 300_000}}), 413, "too_large")


def test_a_patch_changes_what_it_names(api, box):
    answer = api.patch(box, {"position": {"x": 10}, "angle": 1.5, "properties": {"strokeColor": None, "opacity": 50}})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    element = answer.json()
    assert element["position"] == {"x": 10, "y": 2}
    assert element["dimensions"] == {"width": 30, "height": 40}
    assert element["angle"] == 1.5
    assert element["properties"] == {"note": "x", "opacity": 50}


def test_a_patch_takes_dotted_paths(api, box):
    element = api.patch(box, {"set": {"dimensions.width": 99, "properties.roundness.type": 3}}).json()
    assert element["dimensions"]["width"] == 99
    assert element["properties"]["roundness"] == {"type": 3}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"version": 7},
        {"type": "ellipse"},
        {"position": {"z": 1}},
        {"set": {"version": 7}},
        {"set": {"position.x": "far"}},
        {"properties": {"a.b": 1}},
        {"properties": {"__proto__": {}}},
    ],
)
def test_a_patch_that_makes_no_sense_is_refused(api, box, body):
    assert_problem(api.patch(box, body), 400, "invalid")
    assert api.get(box).json()["version"] == 1


@pytest.mark.parametrize("tag", ['"1"', "1", '"7", "1"', "*"])
def test_if_match_lets_the_current_version_pass(api, box, tag):
    assert api.patch(box, {"angle": 1}, If_Match=tag).headers["ETag"] == '"2"'


@pytest.mark.parametrize("tag", ['"7"', 'W/"1"', '"one"', '"7", "8"'])
def test_if_match_refuses_another_version_and_shows_the_current_one(api, box, tag):
    for answer in (api.patch(box, {"angle": 1}, If_Match=tag), api.delete(box, If_Match=tag)):
        body = assert_problem(answer, 412, "conflict")
        assert body["elements"] == [api.get(box).json()]
    assert api.get(box).json()["version"] == 1


def test_expect_in_the_body_conflicts_as_on_the_socket(api, box):
    body = assert_problem(api.patch(box, {"angle": 1, "expect": 7}), 409, "conflict")
    assert body["elements"][0]["version"] == 1


def test_delete(api, box):
    assert api.delete(box, If_Match='"1"').status_code == 204
    assert_problem(api.get(box), 410, "gone")
    assert_problem(api.patch(box, {"angle": 1}), 410, "gone")
    assert_problem(api.delete(box), 410, "gone")


def test_an_element_that_never_was(api, elements):
    for answer in (
        api.get(f"{elements}nothing/"),
        api.patch(f"{elements}nothing/", {"angle": 1}),
        api.delete(f"{elements}nothing/"),
        api.patch(f"{elements}nothing/", {"angle": 1}, If_Match='"1", "2"'),
    ):
        assert_problem(answer, 404, "not_found")


def test_a_repeated_creation_makes_one_element(api, elements):
    first = api.post(elements, BOX, Idempotency_Key="k")
    second = api.post(elements, BOX, Idempotency_Key="k")
    assert second.status_code == 201
    assert second.json() == first.json()


def test_a_repeated_patch_under_if_match_is_no_conflict(api, box):
    for _ in range(2):
        answer = api.patch(box, {"angle": 1}, If_Match='"1"', Idempotency_Key="k")
        assert answer.status_code == 200
        assert answer.headers["ETag"] == '"2"'


@pytest.mark.parametrize("ops", [[], ["x", "y"]], ids=["nothing", "two elements"])
def test_a_key_that_was_used_for_something_else_makes_no_element(api, elements, ops):
    intents = elements.replace("elements", "intents")
    api.post(elements, {**BOX, "id": "stands"})
    body = [{"op": "create", "id": name, **BOX} for name in ops] or [{"op": "restore", "id": "stands"}]
    assert api.post(intents, {"ops": body}, Idempotency_Key="k").status_code == 200
    assert_problem(api.post(elements, BOX, Idempotency_Key="k"), 409, "exists")


@pytest.mark.parametrize(("code", "status"), [("conflict", 409), ("unavailable", 503)])
def test_a_call_still_in_flight_is_no_failed_precondition(api, box, monkeypatch, code, status):
    def refuse(**_):
        raise Refused(code, "this intent is being saved; ask again")

    monkeypatch.setattr("canvasapp.services.intent_submit", refuse)
    assert_problem(api.patch(box, {"angle": 1}, If_Match='"1"', Idempotency_Key="k"), status, code)


def test_tx9_a_text_that_is_patched_is_merged(api, elements):
    body = {"type": "text", "position": {"x": 0, "y": 0}, "dimensions": {"width": 9, "height": 9}}
    address = f"{elements}{api.post(elements, {**body, 'properties': {'text': 'Hello'}}).json()['id']}/"
    patched = api.patch(address, {"properties": {"text": "Hello 🎨"}})
    assert patched.status_code == 200
    element = patched.json()
    assert element["properties"] == {"text": "Hello 🎨"}
    assert element["version"] == 2
    assert b64decode(element["ytext"])
    assert api.client.get(f"/api/v1/{address}", headers=api.headers).json() == element
    bye = {"properties": {"text": "Bye"}}
    assert_problem(api.patch(address, bye, If_Match='"1"'), 412, "conflict")
    assert api.patch(address, bye, If_Match='"2"').json()["properties"] == {"text": "Bye"}
    assert_problem(api.patch(address, {"properties": {"text": 5}}), 400, "invalid")
