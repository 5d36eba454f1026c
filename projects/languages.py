"""Which language a page speaks: the account's, else the cookie's, else what the browser asks for."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin


class OwnLanguage(MiddlewareMixin):
    """After LocaleMiddleware, which knows cookie and browser but not accounts."""

    def process_request(self, request: HttpRequest) -> None:
        language = request.user.language if request.user.is_authenticated else ""
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = language


def remember_language(response: HttpResponse, language: str) -> None:
    """Before signing in and after signing out only the cookie tells. Empty: forget it."""
    if not language:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
