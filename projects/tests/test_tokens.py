from datetime import timedelta

import pytest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken

from projects.exceptions import InvalidToken
from projects.tokens import (
    FamilyRefreshToken,
    TokenPair,
    access_token_create,
    access_token_verify,
    refresh_token_revoke,
    token_pair_create,
    token_pair_rotate,
)


def test_an_access_token_names_its_user(alice):
    assert access_token_verify(access_token_create(alice)) == str(alice.id)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "é", "\x00"])
def test_nonsense_is_refused(db, token):
    with pytest.raises(InvalidToken):
        access_token_verify(token)


def test_an_expired_token_is_refused(alice):
    token = AccessToken.for_user(alice)
    token.set_exp(lifetime=-timedelta(seconds=1))
    with pytest.raises(InvalidToken):
        access_token_verify(str(token))


def test_a_forged_token_is_refused(alice, bob):
    head, _, signature = access_token_create(alice).split(".")
    payload = access_token_create(bob).split(".")[1]
    with pytest.raises(InvalidToken):
        access_token_verify(f"{head}.{payload}.{signature}")


def test_a_refresh_token_is_no_access_token(alice):
    with pytest.raises(InvalidToken):
        access_token_verify(token_pair_create(alice).refresh)


def test_an_access_token_is_no_refresh_token(alice):
    with pytest.raises(InvalidToken):
        token_pair_rotate(access_token_create(alice))


def test_a_removed_account_is_refused(alice):
    pair = token_pair_create(alice)
    alice.delete()
    with pytest.raises(InvalidToken):
        access_token_verify(pair.access)
    with pytest.raises(InvalidToken):
        token_pair_rotate(pair.refresh)


def test_an_account_that_is_switched_off_is_refused(alice):
    pair = token_pair_create(alice)
    alice.is_active = False
    alice.save()
    with pytest.raises(InvalidToken):
        access_token_verify(pair.access)
    with pytest.raises(InvalidToken):
        token_pair_rotate(pair.refresh)


def test_a_new_password_ends_the_tokens_made_before(alice):
    pair = token_pair_create(alice)
    alice.set_password("another battery staple")
    alice.save()
    with pytest.raises(InvalidToken):
        access_token_verify(pair.access)
    with pytest.raises(InvalidToken):
        token_pair_rotate(pair.refresh)


def test_rotation_goes_on_and_on(alice):
    pair = token_pair_create(alice)
    for _ in range(3):
        pair = token_pair_rotate(pair.refresh)
        assert access_token_verify(pair.access) == str(alice.id)


def test_a_used_refresh_token_is_refused_and_ends_its_family(alice):
    first = token_pair_create(alice)
    second = token_pair_rotate(first.refresh)
    with pytest.raises(InvalidToken):
        token_pair_rotate(first.refresh)
    with pytest.raises(InvalidToken):
        token_pair_rotate(second.refresh)


def test_another_sign_in_of_the_same_user_is_not_touched_by_that(alice):
    stolen, other = token_pair_create(alice), token_pair_create(alice)
    token_pair_rotate(stolen.refresh)
    with pytest.raises(InvalidToken):
        token_pair_rotate(stolen.refresh)
    assert token_pair_rotate(other.refresh)


def test_a_rotation_that_breaks_off_has_not_used_the_token(alice, monkeypatch):
    pair = token_pair_create(alice)
    with monkeypatch.context() as broken:
        broken.setattr(FamilyRefreshToken, "issue", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            token_pair_rotate(pair.refresh)
    assert token_pair_rotate(pair.refresh)


def test_a_token_issued_while_its_family_is_revoked_is_revoked_too(alice, monkeypatch):
    """A rotation that another server had under way commits between the look and the revoking."""
    pair = token_pair_create(alice)
    raced: list[TokenPair] = []
    create = BlacklistedToken.objects.bulk_create

    def rotate_first(*args, **kwargs):
        if not raced:
            raced.append(token_pair_rotate(pair.refresh))
        return create(*args, **kwargs)

    monkeypatch.setattr(BlacklistedToken.objects, "bulk_create", rotate_first)
    refresh_token_revoke(pair.refresh)
    with pytest.raises(InvalidToken):
        token_pair_rotate(raced[0].refresh)


def test_a_revoked_family_is_refused(alice):
    first = token_pair_create(alice)
    second = token_pair_rotate(first.refresh)
    refresh_token_revoke(second.refresh)
    with pytest.raises(InvalidToken):
        token_pair_rotate(second.refresh)


def test_revoking_nonsense_is_nothing(db):
    refresh_token_revoke("nonsense")


def test_the_database_holds_no_token(alice):
    pair = token_pair_rotate(token_pair_create(alice).refresh)
    for row in OutstandingToken.objects.filter(user=alice):
        assert row.token in {"", None}
    assert pair.refresh
