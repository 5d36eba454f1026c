from django.test import Client


def test_the_process_answers():
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_every_store_is_named(table, db):
    answer = Client().get("/readyz")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["stores"] == {"sql": "ok", "dynamodb": "ok", "mongodb": "ok", "redis": "ok"}
