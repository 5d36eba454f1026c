"""REST endpoints for whoever verifies a canvas elsewhere: its bundle, and the public keys."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp.exceptions import LogCorrupt
from history import audit
from history.api import PastEndpoint
from history.bundle import Refused
from history.bundling import canvas_bundle
from history.retention import oldest_told
from history.selectors import reaching_mongodb
from history.signing import public_keys
from history.turns import off_loop
from projects.attempts import address_of
from projects.rest import Endpoint


class Bundle(PastEndpoint):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, canvas_id: str) -> StreamingHttpResponse:
        """All that is told of the canvas's history, commits byte for byte and signed digests, as a zip file.

        `python -m history.verify` checks it, without this server; README.txt in it tells how.
        """
        access = self.canvas(canvas_id)
        with reaching_mongodb():
            after = oldest_told(access)
        audit.note(
            action="bundle.export",
            user_id=self.user_id,
            project=access.project_id,
            canvas=canvas_id,
            details={"after": after},
            origin=address_of(request),
        )
        try:
            pieces = canvas_bundle(canvas_id, after)
        except Refused as error:
            raise LogCorrupt(str(error)) from error
        return StreamingHttpResponse(
            off_loop(pieces, self.user_id),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="canvas-{canvas_id}.zip"'},
        )


class DigestKeyOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    algorithm = serializers.ChoiceField(["Ed25519"])
    public_key = serializers.CharField(help_text="Base64 of its 32 bytes.")


class DigestKeysOut(serializers.Serializer[Any]):
    results = DigestKeyOut(many=True)


class DigestKeys(Endpoint):
    """For everybody, signed in or not: a key that one can only learn from whom one suspects is no proof."""

    permission_classes = ()
    authentication_classes = ()

    @extend_schema(responses=DigestKeysOut)
    def get(self, _: Request) -> Response:
        """The public keys that sign the daily digests, the present one first."""
        keys = [{"id": key.id, "algorithm": "Ed25519", "public_key": key.text} for key in public_keys().values()]
        return Response({"results": keys})
