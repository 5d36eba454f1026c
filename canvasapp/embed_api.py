"""REST endpoint by which owners embed a canvas in other pages."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp.api import CanvasEndpoint, parse
from canvasapp.embeds import Embed, embed_change, embed_create, embed_of, embed_revoke
from canvasapp.schema import EmbedIn, EmbedOut, body_of, reference
from projects.access import Action


class EmbedLink(CanvasEndpoint):
    @extend_schema(responses={200: reference(EmbedOut)})
    def get(self, request: Request, canvas_id: str) -> Response:  # noqa: ARG002
        self.canvas(canvas_id, Action.EMBED_CANVAS)
        return Response(answer(embed_of(canvas_id)))

    @extend_schema(request=body_of(EmbedIn), responses={201: reference(EmbedOut)})
    def post(self, request: Request, canvas_id: str) -> Response:
        """Makes the secret link, and a new one in place of the one there is."""
        self.canvas(canvas_id, Action.EMBED_CANVAS)
        token = embed_create(canvas_id=canvas_id, origins=parse(request, EmbedIn).origins, created_by=self.user)
        url = request.build_absolute_uri(reverse("embed", args=[token]))
        return Response({**answer(embed_of(canvas_id)), "url": url}, status=201)

    @extend_schema(request=body_of(EmbedIn), responses={200: reference(EmbedOut)})
    def patch(self, request: Request, canvas_id: str) -> Response:
        """Changes who may show it; the link stays."""
        self.canvas(canvas_id, Action.EMBED_CANVAS)
        return Response(answer(embed_change(canvas_id=canvas_id, origins=parse(request, EmbedIn).origins)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, canvas_id: str) -> Response:  # noqa: ARG002
        """Ends the link; frames that show it go blank within seconds."""
        self.canvas(canvas_id, Action.EMBED_CANVAS)
        embed_revoke(canvas_id=canvas_id)
        return Response(status=204)


def answer(embed: Embed | None) -> dict[str, object]:
    if embed is None:
        return {"enabled": False, "origins": [], "created_at": None}
    return {"enabled": True, "origins": embed.origins, "created_at": embed.created_at}
