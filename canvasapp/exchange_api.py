"""REST endpoints that take canvases out as files and bring files in."""

import re
from typing import Any
from urllib.parse import quote

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp import excalidraw, imports, svg
from canvasapp.api import CanvasEndpoint
from canvasapp.excalidraw import Drawing, NotExcalidraw, drawing_read
from canvasapp.pictures import pictures_of
from canvasapp.schema import ImportedOut, reference
from canvasapp.selectors import canvas_load
from projects.access import Action, access_project_for
from projects.exceptions import Invalid, TooLarge
from projects.problems import INVALID_DETAIL

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_NAME = 120
UNNAMED = "Imported canvas"
FORMATS = {"json": "application/json", "excalidraw": "application/vnd.excalidraw+json", "svg": "image/svg+xml"}

_encoder = msgspec.json.Encoder()


class AnyFormat(DefaultContentNegotiation):
    """`?format=` says which file is wanted; DRF would look for a renderer of that name."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class Export(CanvasEndpoint):
    content_negotiation_class = AnyFormat

    @extend_schema(
        parameters=[
            OpenApiParameter("format", str, enum=list(FORMATS), description="json (ours) unless said otherwise."),
            OpenApiParameter("history", bool, description="In our JSON: of which canvas and commit this is the state."),
            OpenApiParameter("dark", bool, description="An SVG as the editor draws it in the dark."),
            OpenApiParameter("background", bool, description="0: an SVG without one."),
        ],
        responses={(200, mime): OpenApiResponse(bytes) for mime in FORMATS.values()},
    )
    def get(self, request: Request, canvas_id: str) -> HttpResponse:
        """The canvas as a file, images included."""
        access = self.canvas(canvas_id)
        wanted = request.query_params.get("format", "json")
        if wanted not in FORMATS:
            raise Invalid(INVALID_DETAIL, errors={"format": [f"One of {', '.join(FORMATS)}."]})
        loaded = canvas_load(access)
        picture = pictures_of(access.project_id)
        if wanted == "svg":
            background = "#ffffff" if flag(request, "background", default=True) else None
            look = svg.Look(dark=flag(request, "dark"), background=background, picture=picture, title=access.name)
            content: bytes = svg.render(loaded.elements, look).encode()
        elif wanted == "excalidraw":
            content = _encoder.encode(excalidraw.excalidraw_document(loaded.elements, picture))
        else:
            history = {"canvas": canvas_id, "seq": loaded.seq, "hash": loaded.hash.hex()}
            content = _encoder.encode(
                excalidraw.own_document(
                    loaded.elements,
                    picture,
                    name=access.name,
                    history=history if flag(request, "history") else None,
                )
            )
        name = f"{access.name}.{'canvas.json' if wanted == 'json' else wanted}"
        headers = {"Content-Disposition": content_disposition(name), "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=FORMATS[wanted], headers=headers)


class DrawingParser(BaseParser):
    """The body is the file, whatever it calls itself."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, bytes]:  # noqa: ARG002
        return {"body": bounded(stream)}


class ImportEndpoint(CanvasEndpoint):
    parser_classes = (MultiPartParser, DrawingParser)

    def drawing(self, request: Request) -> tuple[Drawing, str]:
        """The file asked to be read, and the name it came with."""
        named = ""
        data = dict(request.data).get("body")
        if not isinstance(data, bytes):  # a form
            file = request.FILES.get("file")
            if file is None:
                raise Invalid(INVALID_DETAIL, errors={"file": ["A file is needed."]})
            named, data = str(file.name or ""), bounded(file)
        try:
            return drawing_read(data), re.sub(r"(\.canvas)?\.(json|excalidraw)$", "", named, flags=re.IGNORECASE)
        except NotExcalidraw as error:
            raise Invalid(gettext("The file cannot be read as a drawing."), errors={"file": [str(error)]}) from error


IMPORT_BODY = {
    "multipart/form-data": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}},
    "application/json": {"type": "object", "description": "The content of an .excalidraw file, or of our own JSON."},
}


class ImportNew(ImportEndpoint):
    @extend_schema(
        parameters=[OpenApiParameter("name", str, description="Of the new canvas; else the file's.")],
        request=IMPORT_BODY,
        responses={201: reference(ImportedOut)},
    )
    def post(self, request: Request, project_id: str) -> Response:
        """A new canvas from an .excalidraw file or our own JSON; what does not fit is left out and said."""
        access_project_for(self.user_id, project_id, Action.ARRANGE_CANVASES)
        drawing, file_name = self.drawing(request)
        name = (request.query_params.get("name") or file_name or drawing.name).strip()[:MAX_NAME] or UNNAMED
        done = imports.drawing_import(project_id=project_id, name=name, drawing=drawing, author=self.user)
        return Response(imported_answer(done), status=201)


class ImportInto(ImportEndpoint):
    @extend_schema(
        parameters=[
            OpenApiParameter("x", float, description="Where its middle comes to stand; else right of what is there."),
            OpenApiParameter("y", float),
        ],
        request=IMPORT_BODY,
        responses={201: reference(ImportedOut)},
    )
    def post(self, request: Request, canvas_id: str) -> Response:
        """Puts a file's drawing onto the canvas, with new ids, above what is there."""
        access = self.canvas(canvas_id, Action.EDIT_CANVAS)
        middle = place_asked(request)
        drawing, _ = self.drawing(request)
        done = imports.drawing_add(access=access, drawing=drawing, author=self.user, middle=middle)
        return Response(imported_answer(done), status=201)


def imported_answer(done: imports.Imported) -> dict[str, Any]:
    return {
        "canvas": done.canvas_id,
        "seq": done.seq,
        "imported": done.count,
        "skipped": [remark.as_dict() for remark in done.skipped],
        "repaired": [remark.as_dict() for remark in done.repaired],
    }


def bounded(stream: Any) -> bytes:
    data: bytes = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge(gettext("A file has at most {size} MB.").format(size=MAX_FILE_BYTES // 1024 // 1024))
    return data


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    text = request.query_params.get(name)
    known = {None: default, "1": True, "true": True, "0": False, "false": False}
    if text not in known:
        raise Invalid(INVALID_DETAIL, errors={name: ["0 or 1."]})
    return known[text]


def place_asked(request: Request) -> tuple[float, float] | None:
    texts = [request.query_params.get(name) for name in ("x", "y")]
    if texts == [None, None]:
        return None
    found = [re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", text or "") for text in texts]
    for name, match in zip("xy", found, strict=True):
        if match is None:
            raise Invalid(INVALID_DETAIL, errors={name: ["A number between -1e9 and 1e9."]})
    x, y = (float(match[0]) for match in found if match)
    return x, y


def content_disposition(name: str) -> str:
    """An attachment by that name (RFC 6266): plain letters for old readers, all of them (RFC 8187) for the rest."""
    safe = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name).strip(" .") or "canvas"
    plain = re.sub(r"[^\x20-\x7e]|[%;']", "_", safe)
    encoded = quote(safe.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
