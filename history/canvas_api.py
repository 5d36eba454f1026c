"""REST endpoints about one canvas's past: its named versions, pictures of past states, who set what of an element."""

from dataclasses import asdict
from typing import Any

from csp.decorators import csp
from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp import log
from canvasapp.api import whole_number
from canvasapp.thumbnails import PICTURE_POLICY, dark_asked, thumbnail_of
from history import selectors, timetravel, versions
from history.api import MAX_SEQ, PastEndpoint, PersonOut
from history.blame import value_at
from history.retention import check_told
from history.reverting import Authorship
from history.selectors import people_shown
from projects.access import Action
from projects.api import valid
from projects.exceptions import NotFound
from projects.serializers import Name

MAX_DESCRIPTION = 1_000
A_YEAR = 365 * 24 * 3600


class VersionIn(serializers.Serializer[Any]):
    name = Name()
    description = serializers.CharField(required=False, allow_blank=True, max_length=MAX_DESCRIPTION)


class NewVersionIn(VersionIn):
    seq = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_SEQ, help_text="The commit; the latest unless said."
    )


class ChangedVersionIn(VersionIn):
    name = Name(required=False)


class VersionOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    seq = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True, help_text="When that commit was made.")
    created_at = serializers.DateTimeField()
    created_by = PersonOut()


class VersionPageOut(serializers.Serializer[Any]):
    results = VersionOut(many=True)
    next = serializers.CharField(allow_null=True)


class AuthorshipOut(serializers.Serializer[Any]):
    user = PersonOut()
    at = serializers.DateTimeField()
    seq = serializers.IntegerField()


class PropertyOut(serializers.Serializer[Any]):
    """`user`, `at` and `seq` are null for what was set longer ago than history is kept."""

    path = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    user = PersonOut(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True)


class BlameOut(serializers.Serializer[Any]):
    element = serializers.CharField()
    type = serializers.CharField()
    created = AuthorshipOut(allow_null=True, help_text="null: longer ago than history is kept.")
    deleted = AuthorshipOut(allow_null=True)
    properties = PropertyOut(many=True)


class Versions(PastEndpoint):
    @extend_schema(operation_id="versions_list", responses=VersionPageOut)
    def get(self, request: Request, canvas_id: str) -> Response:  # noqa: ARG002
        """All of them (at most 500), newest first."""
        self.canvas(canvas_id)
        return Response({"results": _shown(versions.versions_of(canvas_id)), "next": None})

    @extend_schema(request=NewVersionIn, responses={201: VersionOut})
    def post(self, request: Request, canvas_id: str) -> Response:
        """Gives a moment a name. Several versions may have the same one."""
        access = self.canvas(canvas_id, Action.EDIT_CANVAS)
        asked = valid(NewVersionIn, request)
        if "seq" in asked:
            with selectors.reaching_mongodb():
                check_told(access, asked["seq"])
        version = versions.version_create(canvas_id=canvas_id, created_by=self.user, **asked)
        return Response(_shown([version])[0], status=201)


class OneVersion(PastEndpoint):
    @extend_schema(request=ChangedVersionIn, responses=VersionOut)
    def patch(self, request: Request, canvas_id: str, version_id: str) -> Response:
        """Only what is named changes."""
        self.canvas(canvas_id, Action.EDIT_CANVAS)
        changed = valid(ChangedVersionIn, request)
        version = versions.version_update(canvas_id=canvas_id, version_id=version_id, **changed)
        return Response(_shown([version])[0])

    @extend_schema(responses={204: None})
    def delete(self, request: Request, canvas_id: str, version_id: str) -> Response:  # noqa: ARG002
        """The name goes; the moment stays in the history."""
        self.canvas(canvas_id, Action.EDIT_CANVAS)
        versions.version_delete(canvas_id=canvas_id, version_id=version_id)
        return Response(status=204)


@method_decorator(csp(PICTURE_POLICY), name="dispatch")
class Thumbnail(PastEndpoint):
    @extend_schema(
        operation_id="canvases_at_thumbnail_retrieve",
        parameters=[OpenApiParameter("seq", int, required=True), OpenApiParameter("dark", int, enum=[0, 1])],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR},
    )
    def get(self, request: Request, canvas_id: str) -> HttpResponse:
        """A small picture of the canvas after commit `seq`; without `dark` it follows the viewer's scheme."""
        access = self.canvas(canvas_id)
        seq = whole_number(request, "seq", default=-1, least=0)
        with selectors.reaching_mongodb():
            check_told(access, seq)
            picture = thumbnail_of(
                access, f"past:{seq}", dark_asked(request), lambda: timetravel.state_at(canvas_id, seq).live_elements()
            )
        return HttpResponse(picture, content_type="image/svg+xml")

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Response:
        """The past does not change: whoever was let in need not ask again."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code == 200:
            answer.headers["Cache-Control"] = f"private, max-age={A_YEAR}, immutable"
            patch_vary_headers(answer, ["Authorization", "Cookie"])
        return answer


class ElementBlame(PastEndpoint):
    @extend_schema(
        parameters=[OpenApiParameter("seq", int, description="As it was after that commit; the latest unless said.")],
        responses=BlameOut,
    )
    def get(self, request: Request, canvas_id: str, element_id: str) -> Response:
        """Who set each property of an element, when and in which commit; also of a deleted one."""
        access = self.canvas(canvas_id)
        head = log.head_seq(canvas_id)
        seq = whole_number(request, "seq", default=head, least=0)
        if seq > head:
            raise timetravel.NoSuchCommit(f"canvas {canvas_id} has no commit {seq}; its last one is {head}")
        told = selectors.element_blame(access, element_id, seq)
        if told is None:
            raise NotFound("There is no such element.")
        known = filter(None, [told.created, told.deleted, *told.properties.values()])
        people = people_shown({by.user for by in known})

        def shown(by: Authorship | None) -> dict[str, Any] | None:
            return None if by is None else asdict(by) | {"user": people[by.user]}

        nobody = dict.fromkeys(("user", "at", "seq"))
        return Response(
            {
                "element": element_id,
                "type": told.element.type,
                "created": shown(told.created),
                "deleted": shown(told.deleted),
                "properties": [
                    {"path": path, "value": value_at(told.element, path), **(shown(by) or nobody)}
                    for path, by in told.properties.items()
                ],
            }
        )


def _shown(found: list[versions.Version]) -> list[dict[str, Any]]:
    people = people_shown({version.created_by for version in found})
    return [asdict(version) | {"created_by": people[version.created_by]} for version in found]
