import pytest

from projects.testing import Api, assert_problem, build_project


@pytest.fixture
def api(table, alice):
    return Api(alice)


@pytest.fixture
def canvas(api, alice):
    made = api.post(f"projects/{build_project(alice)}/canvases/", {"name": "Board"})
    return f"canvases/{made.json()['id']}/"


def create(element_id):
    box = {"position": {"x": 0, "y": 0}, "dimensions": {"width": 1, "height": 1}}
    return {"op": "create", "id": element_id, "type": "ellipse", **box}


def test_ops_are_applied_together(api, canvas):
    answer = api.post(f"{canvas}intents/", {"ops": [create("a"), create("b")]})
    assert answer.status_code == 200
    assert answer.json() == {"seq": 1, "versions": {"a": 1, "b": 1}}
    assert {element["id"] for element in api.get(canvas).json()["elements"]} == {"a", "b"}


def test_or_not_at_all(api, canvas):
    body = assert_problem(api.post(f"{canvas}intents/", {"ops": [create("a"), create("a")]}), 409, "exists")
    assert body["detail"]
    assert api.get(canvas).json()["elements"] == []


def test_a_repetition_gets_the_first_answer(api, canvas):
    first = api.post(f"{canvas}intents/", {"ops": [create("a")]}, Idempotency_Key="k")
    api.post(f"{canvas}intents/", {"ops": [create("b")]})
    again = api.post(f"{canvas}intents/", {"ops": [create("a")]}, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (200, first.json())
    assert api.get(canvas).json()["seq"] == 2


def test_a_key_belongs_to_its_author(api, canvas, bob):
    project = api.get(canvas).json()["canvas"]["project"]
    api.post(f"projects/{project}/members/", {"user": "bob", "role": "editor"})
    api.post(f"{canvas}intents/", {"ops": [create("a")]}, Idempotency_Key="k")
    assert Api(bob).post(f"{canvas}intents/", {"ops": [create("b")]}, Idempotency_Key="k").json()["seq"] == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, "invalid"),
        ({}, 400, "invalid"),
        ({"ops": []}, 400, "invalid"),
        ({"ops": {}}, 400, "invalid"),
        ({"ops": ["create"]}, 400, "invalid"),
        ({"ops": [{"op": "explode", "id": "a"}]}, 400, "invalid"),
        ({"ops": [create("a")], "gesture": 5}, 400, "invalid"),
        ({"ops": [create("a")], "gesture": "g" * 65}, 400, "invalid"),
        ({"ops": [create("bad id")]}, 400, "invalid"),
        ({"ops": [{"op": "update", "id": "nothing", "set": {"angle": 1}}]}, 404, "not_found"),
        ({"ops": [create(f"e{n}") for n in range(1001)]}, 413, "too_large"),
        ({"ops": [create("a") | {"properties": {"note": "a" * 300_000}}]}, 413, "too_large"),
        ({"ops": [create(f"e{n}") | {"properties": {"note": "a" * 200_000}} for n in range(3)]}, 413, "too_large"),
    ],
)
def test_what_is_refused(api, canvas, body, status, code):
    assert_problem(api.post(f"{canvas}intents/", body), status, code)
    assert api.get(canvas).json()["seq"] == 0


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_has_a_sensible_length(api, canvas, key):
    assert_problem(api.post(f"{canvas}intents/", {"ops": [create("a")]}, Idempotency_Key=key), 400, "invalid")


def test_commits_come_in_order_and_in_pages(api, canvas):
    for name in "abc":
        api.post(f"{canvas}intents/", {"ops": [create(name)], "gesture": f"g-{name}"})
    first = api.get(f"{canvas}commits/?limit=2").json()
    assert [commit["seq"] for commit in first["results"]] == [1, 2]
    assert first["results"][0]["entries"][0]["gesture"] == "g-a"
    rest = api.get(f"{canvas}commits/?limit=2&cursor={first['next']}").json()
    assert [commit["seq"] for commit in rest["results"]] == [3]
    assert rest["next"] is None
    assert api.get(f"{canvas}commits/?since=3").json() == {"results": [], "next": None}


@pytest.mark.parametrize("query", ["since=-1", "since=x", "limit=0", "since=" + "9" * 30])
def test_a_since_that_cannot_be_is_refused(api, canvas, query):
    assert_problem(api.get(f"{canvas}commits/?{query}"), 400, "invalid")
