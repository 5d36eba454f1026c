"""Refusals with a code for programs, a sentence for people and the HTTP status they become."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext


class AppError(Exception):
    """Base: `code` is part of the API's contract, `extra` goes into the problem document as further members."""

    code = "error"
    http_status = 500

    def __init__(self, message: str = "", **extra: Any) -> None:
        super().__init__(message or self.__class__.default_message())
        self.extra: Mapping[str, Any] = extra

    @classmethod
    def default_message(cls) -> str:
        return gettext("Something went wrong.")

    @property
    def message(self) -> str:
        return str(self.args[0])


class Invalid(AppError):
    """`errors`, when given, maps a field to its list of sentences."""

    code, http_status = "invalid", 400

    @classmethod
    def default_message(cls) -> str:
        return gettext("The request is not valid.")


class NotFound(AppError):
    """Also for what exists but is none of the asker's business."""

    code, http_status = "not_found", 404

    @classmethod
    def default_message(cls) -> str:
        return gettext("There is no such thing, or you have no access to it.")


class Forbidden(AppError):
    code, http_status = "forbidden", 403

    @classmethod
    def default_message(cls) -> str:
        return gettext("Your role does not allow this.")


class Forgotten(AppError):
    """It is longer ago than the project's history is told."""

    code, http_status = "forgotten", 410

    @classmethod
    def default_message(cls) -> str:
        return gettext("This is longer ago than the project keeps its history.")


class TooLarge(AppError):
    code, http_status = "too_large", 413


class Conflict(AppError):
    code, http_status = "conflict", 409

    @classmethod
    def default_message(cls) -> str:
        return gettext("This does not fit what is stored now.")


class AlreadyExists(Conflict):
    code = "exists"


class LastOwner(Conflict):
    code = "last_owner"

    @classmethod
    def default_message(cls) -> str:
        return gettext("A project keeps at least one owner; make someone else an owner first.")


class Unauthenticated(AppError):
    code, http_status = "unauthenticated", 401

    @classmethod
    def default_message(cls) -> str:
        return gettext("Sign in first.")


class InvalidToken(Unauthenticated):
    """Malformed, expired, revoked, or of an account that is gone or switched off."""

    code = "invalid_token"

    @classmethod
    def default_message(cls) -> str:
        return gettext("The token is not valid (any more).")


class RateLimited(AppError):
    code, http_status = "rate", 429

    def __init__(self, message: str = "", *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds

    @classmethod
    def default_message(cls) -> str:
        return gettext("Too many attempts; try again in a little while.")


class Unavailable(AppError):
    code, http_status = "unavailable", 503

    @classmethod
    def default_message(cls) -> str:
        return gettext("The store cannot be reached right now; try again shortly.")
