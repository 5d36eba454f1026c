"""Every error of the API as an RFC 9457 problem document: one shape, whatever refused the request."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from projects.exceptions import AppError, Forbidden, Invalid, NotFound, RateLimited

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"
INVALID_DETAIL = "Some fields are not valid."

_CODES = {
    drf.ParseError: "malformed",
    drf.NotAuthenticated: "unauthenticated",
    drf.AuthenticationFailed: "invalid_token",
    drf.PermissionDenied: "forbidden",
    drf.NotFound: "not_found",
    drf.MethodNotAllowed: "method_not_allowed",
    drf.NotAcceptable: "not_acceptable",
    drf.UnsupportedMediaType: "unsupported_media_type",
    drf.Throttled: "rate",
}


def problem(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **extra,
    }


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook. None lets Django answer with `server_error` below, after its own logging."""
    match error:
        case AppError():
            pass
        case Http404():
            error = NotFound()
        case DjangoPermissionDenied():
            error = Forbidden()
        case DjangoValidationError():
            error = Invalid(INVALID_DETAIL, errors=_django_errors(error))
        case drf.ValidationError():
            error = Invalid(INVALID_DETAIL, errors=_field_errors(error.detail))
        case drf.APIException():
            return _answer_drf(error)
        case _:
            return None
    set_rollback()
    return _answer(error.http_status, error.code, error.message, _headers(error), **error.extra)


def _answer_drf(error: drf.APIException) -> Response:
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "error")
    detail: Any = error.detail
    if isinstance(detail, Mapping):  # simplejwt hands out a dict with the sentence in it
        detail = detail.get("detail", "")
    text = str(detail)
    if text.startswith("CSRF Failed"):
        code = "csrf_failed"
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    set_rollback()
    return _answer(error.status_code, code, text, headers)


def _answer(status: int, code: str, detail: str, headers: dict[str, str], **extra: Any) -> Response:
    return Response(problem(status, code, detail, **extra), status=status, headers=headers, content_type=CONTENT_TYPE)


def _headers(error: AppError) -> dict[str, str]:
    if isinstance(error, RateLimited):
        return {"Retry-After": str(error.retry_after_seconds)}
    if error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": "1"}
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="api"'}
    return {}


def _django_errors(error: DjangoValidationError) -> dict[str, list[str]]:
    by_field = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    return {_field(name): list(messages) for name, messages in by_field.items()}


def _field_errors(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF nests errors as the data is nested; here each field is named by its dotted path."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            found |= _field_errors(inner, f"{path}.{name}" if path else _field(str(name)))
        return found
    if isinstance(detail, list) and any(isinstance(one, Mapping | list) for one in detail):
        found = {}
        for position, inner in enumerate(detail):
            if inner:
                found |= _field_errors(inner, f"{path}.{position}" if path else str(position))
        return found
    sentences = detail if isinstance(detail, list) else [detail]
    return {path or "body": [str(one) for one in sentences]}


def _field(name: str) -> str:
    return "body" if name in {"__all__", "non_field_errors"} else name


# What Django itself answers: a problem below /api/, a page of ours elsewhere.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page_or_problem(request, 400, "invalid", gettext("The request could not be read."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page_or_problem(request, 403, "forbidden", gettext("You have no access to this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    detail = gettext("This form was open for too long, or came from somewhere else. Go back, reload and try again.")
    return _page_or_problem(request, 403, "csrf_failed", detail)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page_or_problem(request, 404, "not_found", gettext("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _page_or_problem(request, 500, "error", gettext("Something went wrong on our side. It has been logged."))


class PageErrors(MiddlewareMixin):
    """Lets pages raise what services raise."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, AppError):
            return None
        return _page_or_problem(request, exception.http_status, exception.code, exception.message)


def _page_or_problem(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(problem(status, code, detail), status=status, content_type=CONTENT_TYPE)
    if request.headers.get("HX-Request"):  # a part of a page was asked for: the page stays, and says the sentence
        return HttpResponse(detail, status=status, content_type="text/plain", headers={"HX-Reswap": "none"})
    return render(request, "error.html", {"status": status, "detail": detail}, status=status)
