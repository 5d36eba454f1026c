"""Combinations of settings that are unsafe in production, as system checks with stable ids."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from history.signing import public_keys


@register(Tags.security)
def unsafe_combinations(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEBUG and settings.PUBLIC_ORIGINS:
        found.append(
            Error("DEBUG is on while PUBLIC_ORIGINS names public addresses.", id="config.E001", hint="Set DEBUG=0.")
        )
    if "InMemory" in settings.CHANNEL_LAYERS["default"]["BACKEND"]:
        found.append(
            Error("The in-memory channel layer reaches one process only.", id="config.E002", hint="Set REDIS_URL.")
        )
    if len(settings.SECRET_KEY) < 32:
        found.append(
            Error("SECRET_KEY is shorter than 32 characters.", id="config.E003", hint="Use 50 random characters.")
        )
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        found.append(Error("ALLOWED_HOSTS admits every host.", id="config.E004", hint="Name the hosts you serve."))
    if any(origin.startswith("https://") for origin in settings.PUBLIC_ORIGINS) and not settings.COOKIE_SECURE:
        found.append(Error("Cookies are not Secure on a https origin.", id="config.E005", hint="Set COOKIE_SECURE=1."))
    try:
        public_keys()
    except ImproperlyConfigured as error:
        found.append(Error(str(error), id="config.E006", hint="manage.py make_digest_key makes a pair."))
    if settings.COOKIE_SECURE and settings.SECURE_PROXY_SSL_HEADER is None and settings.PUBLIC_ORIGINS:
        found.append(
            CheckWarning(
                "Cookies are Secure, but no TLS proxy is announced.",
                id="config.W001",
                hint="Set BEHIND_TLS_PROXY=1 behind a proxy that sets X-Forwarded-Proto.",
            )
        )
    return found
