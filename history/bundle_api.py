"""REST endpoints for whoever verifies a canvas elsewhere: the public keys."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from history.signing import public_keys
from projects.rest import Endpoint


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
