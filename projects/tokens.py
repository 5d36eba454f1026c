"""Tokens for programs: a short access token, and a refresh token that is used once.

A refresh token that turns up again after its rotation was copied: its whole family (every token that descends from the
same sign-in) is revoked, so that neither the thief nor the owner goes on unnoticed.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from projects.exceptions import InvalidToken
from projects.models import User

REFRESH_COOKIE = "canvas_refresh"
REFRESH_COOKIE_PATH = "/api/v1/auth/"


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str


class FamilyRefreshToken(RefreshToken):
    """Its `jti` is `<family>.<own>`, so that a family is found by prefix without a column of its own."""

    @property
    def family(self) -> str:
        return cast(str, self.payload["jti"]).partition(".")[0]

    def check_blacklist(self) -> None:
        if BlacklistedToken.objects.filter(token__jti=self.payload["jti"]).exists():
            self.family_revoke()
            raise TokenError("Token was used before")

    def family_revoke(self) -> None:
        relatives = OutstandingToken.objects.filter(jti__startswith=f"{self.family}.", blacklistedtoken=None)
        while living := list(relatives.all()):  # a rotation that was under way may have added one meanwhile
            BlacklistedToken.objects.bulk_create([BlacklistedToken(token=one) for one in living], ignore_conflicts=True)

    @classmethod
    def issue(cls, user: User, *, family: str) -> "FamilyRefreshToken":
        token = cast(FamilyRefreshToken, cls.for_user(user))
        drawn, token["jti"] = token["jti"], f"{family}.{uuid4().hex}"
        # The row keeps what is needed to refuse the token, not the token: a leaked database signs nobody in.
        OutstandingToken.objects.filter(jti=drawn).update(jti=token["jti"], token="")
        return token


def access_token_create(user: User) -> str:
    return str(AccessToken.for_user(user))


def access_token_verify(token: str) -> str:
    """The user's id. Raises InvalidToken, also when the account was removed, switched off or got a new password."""
    return str(_user_of(_parse(AccessToken, token)).id)


def token_pair_create(user: User) -> TokenPair:
    refresh = FamilyRefreshToken.issue(user, family=uuid4().hex)
    return TokenPair(access=access_token_create(user), refresh=str(refresh))


def token_pair_rotate(refresh: str) -> TokenPair:
    old = cast(FamilyRefreshToken, _parse(FamilyRefreshToken, refresh))
    user = _user_of(old)
    # Together, so that whoever sees the old token used also sees, and can revoke, the new one.
    with transaction.atomic():
        _, first_use = cast("tuple[Any, bool]", old.blacklist())
        new = FamilyRefreshToken.issue(user, family=old.family) if first_use else None
    if new is None:  # two requests raced with the same token; the unique row decided
        old.family_revoke()
        raise InvalidToken
    return TokenPair(access=access_token_create(user), refresh=str(new))


def refresh_token_revoke(refresh: str) -> None:
    """Ends the family. A token that is no good any more needs no ending."""
    try:
        token = cast(FamilyRefreshToken, _parse(FamilyRefreshToken, refresh))
    except InvalidToken:
        return
    token.family_revoke()


def refresh_tokens_revoke(user: User) -> None:
    """Ends all families of a user."""
    living = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=one) for one in living], ignore_conflicts=True)


def refresh_cookie_set(response: HttpResponseBase, refresh: str) -> None:
    lifetime = cast(timedelta, settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"])
    response.set_cookie(
        REFRESH_COOKIE,
        refresh,
        max_age=int(lifetime.total_seconds()),
        path=REFRESH_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def refresh_cookie_clear(response: HttpResponseBase) -> None:
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_COOKIE_PATH, samesite="Strict")


def _parse(kind: type[AccessToken | RefreshToken], token: str) -> AccessToken | RefreshToken:
    try:
        return kind(token)  # type: ignore[arg-type]
    except TokenError as error:
        raise InvalidToken from error


def _user_of(token: AccessToken | RefreshToken) -> User:
    try:
        return cast(User, JWTAuthentication().get_user(token))
    except APIException as error:
        raise InvalidToken from error
