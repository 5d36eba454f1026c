"""Counting attempts: what the API's and the pages' own tests do not reach."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import RequestFactory

from projects.attempts import Counter, failed_sign_in_counters
from projects.exceptions import RateLimited


def test_another_spelling_of_a_name_is_the_same_account(settings):
    settings.FAILED_SIGN_INS_PER_MINUTE = 2
    request = RequestFactory().post("/sign-in/", REMOTE_ADDR="192.0.2.77")
    plain, wide = "mallory-tests-this", "ｍａｌｌｏｒｙ-tests-this"  # noqa: RUF001 - that is the attack
    for _ in range(2):
        failed_sign_in_counters(request, plain)[0].count()
    with pytest.raises(RateLimited):
        failed_sign_in_counters(request, wide)[0].check()


def test_of_many_at_the_same_instant_no_more_than_the_limit_pass():
    counter = Counter("burst", uuid.uuid4().hex, 5)

    def passes(_: int) -> bool:
        try:
            counter.take()
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        passed = sum(pool.map(passes, range(64)))
    assert 5 <= passed <= 10  # a minute may end in between
