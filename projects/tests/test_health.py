import pytest
from django.test import AsyncClient, Client

from projects import health


@pytest.fixture
def away(monkeypatch):
    """Makes stores fail."""

    def fail():
        raise ConnectionError("nobody there")

    def switch_off(*names):
        monkeypatch.setattr(health, "_CHECKS", {**health._CHECKS, **dict.fromkeys(names, fail)})

    return switch_off


def test_the_process_answers():
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_every_store_is_named(table, db):
    answer = Client().get("/readyz")
    assert answer.status_code == 200, answer.json()
    stores = {"sql": "ok", "dynamodb": "ok", "mongodb": "ok", "redis": "ok"}
    assert answer.json() == {"status": "ok", "stores": stores}


@pytest.mark.parametrize("name", ["mongodb", "redis"])
def test_without_a_store_that_only_helps_it_is_ready_still(table, db, away, name):
    away(name)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert [store for store, state in answer.json()["stores"].items() if state == "error"] == [name]


@pytest.mark.parametrize("name", ["sql", "dynamodb"])
def test_without_a_store_that_it_needs_it_is_not_ready(table, db, away, name):
    away(name, "redis")
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "error")
    assert answer.json()["stores"][name] == "error"


@pytest.fixture
def one_host(settings):
    settings.ALLOWED_HOSTS = ["canvas.example.org"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_answered_under_any_name(table, db, one_host, path):
    answer = Client().get(path, headers={"Host": "10.1.2.3:8000"})
    assert answer.status_code == 200
    assert "no-cache" in answer.headers["Cache-Control"]
    assert Client().get("/sign-in/", headers={"Host": "10.1.2.3:8000"}).status_code != 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probes_are_answered_under_any_name_as_the_server_asks_it(table, one_host, away, path):
    away("sql")  # its test database is another thread's
    answer = await AsyncClient().get(path, headers={"Host": "10.1.2.3:8000"})
    assert answer.status_code == (200 if path == "/healthz" else 503)
