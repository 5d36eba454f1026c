"""What an embedding link shows, to anyone who has it: a page for frames of the named origins, its picture, its images.

No cookie is read or set here, and nothing names a person.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.http import parse_etags
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from canvasapp import log, svg
from canvasapp.drawn import drawn
from canvasapp.embeds import embed_open
from canvasapp.problems import over_http
from canvasapp.selectors import live_elements
from canvasapp.thumbnails import DRAWING

LOOK = svg.Look(background=None, dark=None)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)


@xframe_options_exempt
@over_http()
@require_safe
def embed_page(request: HttpRequest, token: str) -> HttpResponse:
    embedded = embed_open(token)
    response = render(request, "canvasapp/embed.html", {"name": embedded.name, "token": token})
    return _private(response, " ".join(embedded.origins) or "'none'")


@over_http()
@require_safe
def embed_picture(request: HttpRequest, token: str) -> HttpResponse:
    embedded = embed_open(token)
    seq = log.head_seq(embedded.canvas_id)
    etag = f'"{seq}-{DRAWING}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        key = f"embed:{embedded.canvas_id}:{etag}"
        picture = drawn(key, lambda: svg.render(live_elements(embedded.canvas_id), LOOK))
        response = HttpResponse(picture, content_type="image/svg+xml")
    _private(response, "'none'")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _private(response: HttpResponse, ancestors: str) -> HttpResponse:
    response.headers["Content-Security-Policy"] = POLICY.format(ancestors=ancestors)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # The middleware would put the site's policy in place of this one.
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response
