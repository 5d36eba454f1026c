"""What an embedding link shows, to anyone who has it: a page for frames of the named origins, its picture, its images.

No cookie is read or set here, and nothing names a person.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.http import parse_etags
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from canvasapp import log, svg
from canvasapp.assets import asset_bytes, asset_in
from canvasapp.drawn import drawn
from canvasapp.elements import Element
from canvasapp.embeds import embed_open
from canvasapp.pictures import asset_id_of
from canvasapp.problems import over_http
from canvasapp.selectors import live_elements
from canvasapp.thumbnails import DRAWING
from projects.exceptions import NotFound

# What is asked for again and again while a frame is open: a day, for this viewer.
ASSET_HEADERS = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
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


@over_http()
@require_safe
def embed_asset(request: HttpRequest, token: str, asset_id: str) -> HttpResponse:  # noqa: ARG001
    """An image that stands on the canvas now. Another one of the project is none of a link's business."""
    embedded = embed_open(token)
    shown = any(asset_id_of(element) == asset_id for element in live_elements(embedded.canvas_id))
    item = asset_in(project_id=embedded.project_id, asset_id=asset_id) if shown else None
    if item is None:
        raise NotFound
    response = _private(HttpResponse(asset_bytes(item), content_type=item.type), "'none'")
    for name, value in ASSET_HEADERS.items():
        response.headers[name] = value
    return response


def _address(element: Element) -> str | None:
    """Below the page's own address, so that the picture is the same whatever the token is."""
    asset_id = asset_id_of(element)
    return f"assets/{asset_id}/" if asset_id is not None else svg.embedded_picture(element)


LOOK = svg.Look(background=None, dark=None, picture=_address)


def _private(response: HttpResponse, ancestors: str) -> HttpResponse:
    response.headers["Content-Security-Policy"] = POLICY.format(ancestors=ancestors)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # The middleware would put the site's policy in place of this one.
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response
