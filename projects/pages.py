"""What the views of pages share: who asks, whether a part of the page is enough, and where to go afterwards."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from projects.models import User

UNDO = "undo:"  # before the address that undoes what a message tells of, in its tags


def signed_in_user(request: HttpRequest) -> User:
    """For views behind `login_required`."""
    return cast(User, request.user)


def asks_for_part(request: HttpRequest) -> bool:
    """By htmx, which then shows only the list. Its answers must not be taken for the page by a cache (never_cache)."""
    return request.headers.get("HX-Request") == "true"


def go_back(request: HttpRequest, otherwise: str, *args: str) -> HttpResponse:
    """To the page that the form stood on, as it says itself; never to another site."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    return redirect(resolve_url(otherwise, *args))
