import uuid

import pytest
from django.core.cache import cache

from projects.models import User
from projects.testing import Api, assert_problem
from projects.tokens import REFRESH_COOKIE, access_token_create

PASSWORD = "correct horse battery"


@pytest.fixture
def anyone(db):
    cache.clear()  # attempts are counted by address, and all tests come from one
    return Api()


def sign_up(api, username="dora", **fields):
    return api.post("auth/signup/", {"username": username, "password": PASSWORD, **fields})


def test_signing_up_signs_in(anyone):
    answer = sign_up(anyone, "Dora", email="dora@example.org")
    assert answer.status_code == 201
    assert answer.json()["user"] == {
        "id": str(User.objects.get(username="dora").id),
        "username": "dora",
        "name": "dora",
        "color": User.objects.get(username="dora").color,
        "email": "dora@example.org",
        "theme": "system",
    }
    assert Api(token=answer.json()["access"]).get("auth/me/").json()["username"] == "dora"


def test_the_refresh_token_is_out_of_scripts_and_other_sites_reach(anyone):
    cookie = sign_up(anyone).cookies[REFRESH_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/api/v1/auth/"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": ""}, "username"),
        ({"username": "with space"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": None}, "username"),
        ({"username": "nul\x00"}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": ["list"]}, "password"),
        ({"email": "nobody"}, "email"),
        ({"username": "dorothea", "password": "dorothea1"}, "password"),
    ],
)
def test_what_is_wrong_is_named(anyone, fields, wrong):
    body = assert_problem(sign_up(anyone, **{"username": "dora", **fields}), 400, "invalid")
    assert wrong in body["errors"]


def test_a_name_is_taken_in_any_spelling(anyone, alice):
    assert "username" in assert_problem(sign_up(anyone, "ALICE"), 400, "invalid")["errors"]


def test_signing_up_is_limited_by_address(anyone, settings):
    settings.SIGN_UPS_PER_MINUTE = 1
    sign_up(anyone)
    refused = sign_up(anyone, "erin")
    assert_problem(refused, 429, "rate")
    assert int(refused.headers["Retry-After"]) > 0


def test_login(anyone, alice):
    answer = anyone.post("auth/login/", {"username": "Alice", "password": PASSWORD})
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "user"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a_wrong_password_and_a_wrong_name_look_the_same(anyone, alice, username):
    body = assert_problem(anyone.post("auth/login/", {"username": username, "password": "x"}), 401, "unauthenticated")
    assert body["detail"] == "The username or the password is wrong."


def test_an_account_that_is_switched_off_cannot_log_in(anyone, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert_problem(anyone.post("auth/login/", {"username": "alice", "password": PASSWORD}), 401, "unauthenticated")


def test_guessing_is_limited_and_the_right_password_too_then(anyone, alice, settings):
    settings.FAILED_SIGN_INS_PER_MINUTE = 3
    for _ in range(3):
        assert_problem(anyone.post("auth/login/", {"username": "alice", "password": "x"}), 401, "unauthenticated")
    assert_problem(anyone.post("auth/login/", {"username": "ALICE", "password": PASSWORD}), 429, "rate")


def test_logging_in_often_is_no_guessing(anyone, alice, settings):
    settings.FAILED_SIGN_INS_PER_MINUTE = 1
    for _ in range(3):
        assert anyone.post("auth/login/", {"username": "alice", "password": PASSWORD}).status_code == 200


def test_a_lost_redis_locks_nobody_out(anyone, alice, settings):
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"},
    }
    assert anyone.post("auth/login/", {"username": "alice", "password": PASSWORD}).status_code == 200
    assert_problem(anyone.post("auth/login/", {"username": "alice", "password": "x"}), 401, "unauthenticated")


def test_refresh_gives_an_access_token_and_the_next_cookie(anyone):
    first = sign_up(anyone).cookies[REFRESH_COOKIE].value
    answer = anyone.post("auth/refresh/")
    assert answer.status_code == 200
    assert answer.cookies[REFRESH_COOKIE].value != first
    assert Api(token=answer.json()["access"]).get("auth/me/").status_code == 200


def test_a_rotated_refresh_token_is_refused(anyone):
    first = sign_up(anyone).cookies[REFRESH_COOKIE].value
    anyone.post("auth/refresh/")
    thief = Api()
    thief.client.cookies[REFRESH_COOKIE] = first
    assert_problem(thief.post("auth/refresh/"), 401, "invalid_token")
    assert_problem(anyone.post("auth/refresh/"), 401, "invalid_token")


def test_without_a_cookie_there_is_no_refresh(anyone):
    assert_problem(anyone.post("auth/refresh/"), 401, "invalid_token")


def test_logout_ends_the_refresh_token(anyone):
    token = sign_up(anyone).cookies[REFRESH_COOKIE].value
    answer = anyone.post("auth/logout/")
    assert answer.status_code == 204
    assert answer.cookies[REFRESH_COOKIE].value == ""
    anyone.client.cookies[REFRESH_COOKIE] = token
    assert_problem(anyone.post("auth/refresh/"), 401, "invalid_token")


def test_me_needs_a_token(anyone):
    refused = anyone.get("auth/me/")
    assert_problem(refused, 401, "unauthenticated")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_of_a_deleted_user_is_refused(alice):
    api = Api(alice)
    alice.delete()
    assert_problem(api.get("auth/me/"), 401, "invalid_token")


def test_the_token_of_an_inactive_user_is_refused(alice):
    token = access_token_create(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert_problem(Api(token=token).get("auth/me/"), 401, "invalid_token")


def test_a_session_reads_without_a_csrf_token_and_writes_only_with_it(table, alice):
    browser = Api()
    browser.client.force_login(alice)
    assert browser.get("auth/me/").status_code == 200
    assert_problem(browser.post("projects/", {"name": "Forged"}), 403, "csrf_failed")
    assert browser.get("projects/").json()["results"] == []
    browser.client.get("/p/")
    token = browser.client.cookies["csrftoken"].value
    assert browser.post("projects/", {"name": "Meant"}, X_CSRFToken=token).status_code == 201


def test_a_bearer_needs_no_csrf_token(table, alice):
    assert Api(alice).post("projects/", {"name": uuid.uuid4().hex}).status_code == 201
