"""One shape of error, whatever refused the request."""

import os
import subprocess
import sys

import pytest
from django.test import Client

from projects.testing import Api, assert_problem


@pytest.fixture
def api(table, alice):
    return Api(alice)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "nothing/", None, 404, "not_found"),
        ("POST", "nothing/", {}, 404, "not_found"),
        ("GET", "projects", None, 404, "not_found"),
        ("GET", "projects/nothing/", None, 404, "not_found"),
        ("GET", "projects/with%23hash/", None, 404, "not_found"),
        ("GET", f"projects/{'a' * 3000}/", None, 404, "not_found"),
        ("GET", "canvases/nothing/", None, 404, "not_found"),
        ("GET", "canvases/nothing/elements/e/", None, 404, "not_found"),
        ("POST", "canvases/nothing/intents/", {"ops": []}, 404, "not_found"),
        ("PUT", "projects/", {}, 405, "method_not_allowed"),
        ("DELETE", "auth/me/", None, 405, "method_not_allowed"),
        ("POST", "projects/", "{", 400, "malformed"),
        ("POST", "projects/", '{"name": NaN}', 400, "malformed"),
        ("POST", "projects/", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), 400, "malformed"),
        ("POST", "projects/", "[" * 100_000, 400, "malformed"),
        ("POST", "projects/", "[" * 100_000 + "]" * 100_000, 400, "malformed"),
        ("POST", "projects/", '{"name": "' + "a" * 1_100_000 + '"}', 413, "too_large"),
        ("POST", "projects/", [], 400, "invalid"),
        ("POST", "projects/", '{"name": "\\ud800"}', 400, "invalid"),
        ("POST", "projects/", '{"name": "a\\u0000b"}', 400, "invalid"),
    ],
)
def test_every_refusal_has_the_shape(api, method, path, body, status, code):
    assert_problem(api(method, path, body), status, code)


def test_another_media_type_is_refused(api):
    answer = api.client.post("/api/v1/projects/", {"name": "x"}, headers=api.headers)
    assert_problem(answer, 415, "unsupported_media_type")


def test_an_answer_nobody_wants_is_refused(api):
    assert_problem(api.get("projects/", Accept="text/html"), 406, "not_acceptable")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer nonsense"])
def test_a_broken_authorization_is_refused(table, db, header):
    assert_problem(Api().get("projects/", Authorization=header), 401, "invalid_token")


def test_a_fault_of_ours_is_a_problem_too(api, monkeypatch):
    def fail(**_):
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr("projects.selectors.projects_of", fail)
    body = assert_problem(api.get("projects/"), 500, "error")
    assert "secret" not in body["detail"]


def test_pages_answer_as_pages(db):
    answer = Client().get("/nothing/")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"Nothing here" in answer.content


def test_a_store_that_is_away_is_said_to_be(tmp_path):
    """In a process of its own, whose DynamoDB is nowhere."""
    script = """
import django; django.setup()
from django.core.management import call_command
from projects.models import User
from projects.testing import Api, assert_problem
call_command("migrate", verbosity=0)
api = Api(User.objects.create_user("alice", password="x"))
answer = api.get("projects/")
assert_problem(answer, 503, "unavailable")
assert answer.headers["Retry-After"]
ready = api.client.get("/readyz")
assert ready.status_code == 503, ready.content
stores = ready.json()["stores"]
assert (stores["sql"], stores["dynamodb"], stores["redis"]) == ("ok", "error", "ok"), stores
"""
    environment = os.environ | {
        "DYNAMODB_ENDPOINT_URL": "http://127.0.0.1:9",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'identities.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ALLOWED_HOSTS": "testserver",
    }
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
