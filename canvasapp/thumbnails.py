"""Small pictures of canvases for cards: drawn by the server, as large as a card needs them.

The log's latest number is the picture's version: asking again costs two small reads, and no drawing until something
changed.
"""

from collections.abc import Callable, Iterable

from csp.decorators import csp
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from canvasapp import log, svg
from canvasapp.drawn import drawn
from canvasapp.elements import Element
from canvasapp.pictures import pictures_of
from canvasapp.problems import over_http
from canvasapp.selectors import CanvasAccess, access_canvas, canvas_load
from projects.access import Role
from projects.pages import signed_in_user

WIDTH, HEIGHT = 480, 300  # pixels that a card shows, and what the level of detail is chosen for
MOST_ELEMENTS = 1_500
MAX_PICTURE_BYTES, MAX_PICTURES_BYTES = 64 * 1024, 256 * 1024  # of images; those beyond are placeholders here
PICTURE_POLICY = {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["data:"]}
DRAWING = 1  # raise it when the same elements are drawn otherwise

# For a canvas without elements: quiet dots and a sheet, in a grey that suits light and dark.
EMPTY = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    '<defs><pattern id="dots" width="24" height="24" patternUnits="userSpaceOnUse">'
    '<circle cx="12" cy="12" r="1.5" fill="#8a8591" opacity=".35"/></pattern></defs>'
    f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#dots)"/></svg>'
)


@login_required
@over_http()
@require_safe
@csp(PICTURE_POLICY)  # type: ignore[arg-type] # its types know no arguments from the address
def thumbnail(request: HttpRequest, canvas_id: str) -> HttpResponse:
    """Follows the viewer's light or dark scheme by itself; `?dark=1` or `?dark=0` decides it."""
    access = access_canvas(signed_in_user(request), canvas_id, Role.VIEWER)
    dark = dark_asked(request)
    seq = log.head_seq(canvas_id)
    etag = f'"{seq}-{DRAWING}-{dark}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": etag}
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers=headers)
    picture = thumbnail_of(access, f"now:{seq}", dark, lambda: canvas_load(access).elements)
    return HttpResponse(picture, content_type="image/svg+xml", headers=headers)


def dark_asked(request: HttpRequest) -> bool | None:
    return {"1": True, "0": False}.get(request.GET.get("dark", ""))


def thumbnail_of(access: CanvasAccess, state: str, dark: bool | None, elements: Callable[[], Iterable[Element]]) -> str:
    """The picture of the canvas in that state; its elements are asked for where it was not drawn before."""
    return drawn(f"thumbnail:{access.canvas_id}:{state}-{DRAWING}-{dark}", lambda: _draw(access, dark, elements()))


def _draw(access: CanvasAccess, dark: bool | None, elements: Iterable[Element]) -> str:
    picture = pictures_of(access.project_id, MAX_PICTURES_BYTES, each=MAX_PICTURE_BYTES)
    look = svg.Look(background=None, dark=dark, fit=(WIDTH, HEIGHT), most=MOST_ELEMENTS, picture=picture, padding=24)
    standing = list(elements)
    return svg.render(standing, look) if standing else EMPTY
