"""REST: uploading a picture, and reading one."""

import re
from collections.abc import Mapping
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import DataAndFiles, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp.api import CanvasEndpoint
from canvasapp.assets import asset_bytes, asset_of, asset_store
from canvasapp.assets_images import SVG_TYPE
from projects.access import Action
from projects.attempts import asset_upload_counter
from projects.converters import Key
from projects.exceptions import Invalid, TooLarge
from projects.problems import INVALID_DETAIL

ENVELOPE_BYTES = 64 * 1024  # of a multipart body around its file
# A year, and never asked for again: an id's bytes do not change.
CACHE = "private, max-age=31536000, immutable"
HEADERS = {
    "Cache-Control": CACHE,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Cookie, Authorization",
}

UPLOAD = inline_serializer("AssetUpload", {"file": serializers.FileField(), "canvas": serializers.CharField()})
ASSET = inline_serializer(
    "Asset",
    {
        "id": serializers.CharField(help_text="SHA-256 of the uploaded bytes, in hex."),
        "type": serializers.CharField(),
        "size": serializers.IntegerField(help_text="Of what GET answers with."),
        "width": serializers.IntegerField(),
        "height": serializers.IntegerField(),
        "url": serializers.CharField(),
    },
)


class BoundedMultiPartParser(MultiPartParser):
    """Reads nothing of a body that is too long, or does not say how long it is."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        request = (parser_context or {})["request"]
        text = request.META.get("CONTENT_LENGTH") or ""
        if not text.isdigit():
            raise Invalid("An upload says how long it is (Content-Length).")
        if int(text) > settings.ASSET_MAX_BYTES + ENVELOPE_BYTES:
            sentence = f"A picture has at most {settings.ASSET_MAX_BYTES // 1024 // 1024} MiB."
            raise TooLarge(sentence, errors={"file": [sentence]})
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:  # hundreds of parts
            raise Invalid("The upload cannot be read.") from error


class AssetEndpoint(CanvasEndpoint):
    def perform_content_negotiation(self, request: Request, force: bool = True) -> Any:  # noqa: ARG002
        """An <img> accepts images only; a refusal is a problem document all the same."""
        return super().perform_content_negotiation(request, force=True)


class Assets(AssetEndpoint):
    parser_classes = (BoundedMultiPartParser,)

    @extend_schema(request={"multipart/form-data": UPLOAD}, responses={200: ASSET, 201: ASSET})
    def post(self, request: Request) -> Response:
        """Stores a picture for a canvas's project. The same bytes again: 200, and nothing is stored twice."""
        counter = asset_upload_counter(self.user_id)
        counter.check()
        file, canvas_id = uploaded(request)
        access = self.canvas(canvas_id, Action.EDIT_CANVAS)
        counter.count()
        stored = asset_store(project_id=access.project_id, data=file.read(), stored_by=self.user_id)
        asset = stored.asset
        url = reverse("api-asset", args=[asset.id])
        body = {
            "id": asset.id,
            "type": asset.type,
            "size": asset.size,
            "width": asset.width,
            "height": asset.height,
            "url": url,
        }
        return Response(body, status=201 if stored.new else 200, headers={"Location": url})


class OneAsset(AssetEndpoint):
    @extend_schema(responses={(200, "image/*"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request, asset_id: str) -> HttpResponse:
        """The picture, to members of a project that holds it."""
        item = asset_of(user_id=self.user_id, asset_id=asset_id)
        etag = f'"{asset_id}"'
        headers = HEADERS | {"ETag": etag}
        asked = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
        if asked & {etag, "*"}:
            return HttpResponse(status=304, headers=headers)
        # A picture is shown; an SVG that somebody opens by its address is a document, and is rather saved.
        how = "attachment" if item.type == SVG_TYPE else "inline"
        extension = item.type.partition("/")[2].partition("+")[0]
        headers |= {"Content-Disposition": f'{how}; filename="{asset_id[:16]}.{extension}"'}
        return HttpResponse(asset_bytes(item), content_type=item.type, headers=headers)

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Response:
        kept = response.headers.get("Cache-Control")
        answer = super().finalize_response(request, response, *args, **kwargs)
        if kept == CACHE:
            answer.headers["Cache-Control"] = kept
        return answer


def uploaded(request: Request) -> "tuple[UploadedFile[bytes], str]":
    """The file, and the id of the canvas that it is for."""
    fields = cast(QueryDict, request.data)  # the parser above makes nothing else
    file: Any = fields.get("file")
    canvas_id: Any = fields.get("canvas")
    errors = {}
    if not isinstance(file, UploadedFile):
        errors["file"] = ["A file."]
    if not isinstance(canvas_id, str) or not re.fullmatch(Key.regex, canvas_id):
        errors["canvas"] = ["The id of the canvas that it is for."]
    if errors:
        raise Invalid(INVALID_DETAIL, errors=errors)
    return file, canvas_id
