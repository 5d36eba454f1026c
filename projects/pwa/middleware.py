"""Tells the service worker whose answer it holds: what it keeps for one user, it must not show to another."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Signed-In"
NOBODY = "nobody"
# What the worker keeps for a person.
PERSONAL = ("text/html", "image/")


def tell_who(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        # Without the header a browser would put the one of whoever asked first beside what it has.
        unchanged = response.status_code == HTTPStatus.NOT_MODIFIED
        if unchanged or response.get("Content-Type", "").startswith(PERSONAL):
            user = request.user  # after the view: it may have signed somebody in or out
            response[HEADER] = str(user.pk) if user.is_authenticated else NOBODY
        return response

    return answer
