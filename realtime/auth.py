"""Who opens a socket: the session cookie of a browser on our own pages, or a program's access token."""

from typing import Any, cast
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.crypto import constant_time_compare

from projects.exceptions import InvalidToken
from projects.models import User
from projects.tokens import access_token_verify
from realtime.protocol import BEARER_PREFIX, Close


class Refusal(Exception):
    """The socket is to be closed with `code`."""

    def __init__(self, code: Close, message: str) -> None:
        super().__init__(message)
        self.code = code


async def authenticate(scope: dict[str, Any]) -> User:
    """The user behind a handshake that went through AuthMiddlewareStack. Raises Refusal.

    A bearer token proves itself, wherever it comes from. A cookie is sent by the browser whoever asks, so it counts
    only from our own origin.
    """
    for offered in scope["subprotocols"]:
        if offered.startswith(BEARER_PREFIX):
            user: User = await _user_of_token(offered.removeprefix(BEARER_PREFIX))
            return user
    if not _from_our_origin(scope):
        raise Refusal(Close.NO_ACCESS, "wrong origin")
    signed_in = scope["user"]
    if not signed_in.is_authenticated:
        raise Refusal(Close.NOT_SIGNED_IN, "sign in first")
    return cast(User, signed_in)


@database_sync_to_async
def _user_of_token(token: str) -> User:
    try:
        return User.objects.get(pk=access_token_verify(token))
    except (InvalidToken, User.DoesNotExist):
        raise Refusal(Close.NOT_SIGNED_IN, "the access token is not valid (any more)") from None


@database_sync_to_async
def check_signed_in(user_id: str, session_hash: str) -> None:
    """Raises Refusal for an account that was switched off, or that got a new password or was signed out everywhere
    since: then whoever is still signed in joins again at once, and nobody else can."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Refusal(Close.NO_ACCESS, "the account is switched off")
    if not constant_time_compare(user.get_session_auth_hash(), session_hash):
        raise Refusal(Close.GOING_AWAY, "signed out; join again")


def _from_our_origin(scope: dict[str, Any]) -> bool:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin1")
    if not origin:
        return False  # browsers always send it; a program has a token
    if origin in settings.PUBLIC_ORIGINS:
        return True
    host = headers.get(b"host", b"").decode("latin1")
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or parts.netloc != host:
        return False
    name = parts.hostname or ""
    return any(name == allowed or (allowed.startswith(".") and name.endswith(allowed)) for allowed in _allowed_hosts())


def _allowed_hosts() -> list[str]:
    return [host.strip("[]") for host in settings.ALLOWED_HOSTS] + (["localhost"] if settings.DEBUG else [])
