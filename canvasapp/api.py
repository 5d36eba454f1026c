"""REST endpoints about canvases and their elements. Every write is an intent through the canvas's room."""

import re
from typing import Any, TypeVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp import selectors, services
from canvasapp.elements import Element
from canvasapp.problems import RefusedOverHttp, app_error
from canvasapp.room import Receipt
from canvasapp.schema import (
    CanvasOut,
    CanvasPage,
    CommitPage,
    ElementIn,
    ElementPatch,
    IntentIn,
    LoadedOut,
    ReceiptOut,
    body_of,
    reference,
)
from canvasapp.selectors import CanvasAccess, access_canvas
from projects.access import LEAST_ROLE, Action, Role, access_project, access_project_for
from projects.api import PAGING, valid
from projects.exceptions import AlreadyExists, AppError, Invalid, NotFound
from projects.ids import id_new
from projects.items import CanvasEntry
from projects.problems import INVALID_DETAIL
from projects.rest import Endpoint, page_asked
from projects.selectors import canvases_of
from projects.serializers import ProjectIn

COMMITS_PAGE = 500
MAX_KEY_LENGTH = 200

Body = TypeVar("Body", bound=msgspec.Struct)

DELETED = OpenApiParameter("deleted", bool, description="Those in the trash instead.")
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description='`"<version>"`; 412 when it differs.')
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Repeating the call with it applies nothing twice."
)


class PreconditionFailed(AppError):
    """If-Match named another version. `elements` holds the current one."""

    code, http_status = "conflict", 412


class Gone(AppError):
    code, http_status = "gone", 410


class CanvasEndpoint(Endpoint):
    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(app_error(exc))

    def canvas(self, canvas_id: str, action: Action = Action.VIEW) -> CanvasAccess:
        return access_canvas(self.user, canvas_id, LEAST_ROLE[action])

    def submit(self, canvas_id: str, op: dict[str, Any], *, matched: int | None = None) -> Receipt:
        """`matched`: the version that If-Match asks for, whose absence is a failed precondition."""
        try:
            return services.intent_submit(
                canvas_id=canvas_id, author=self.user, ops=[op], key=idempotency_key(self.request)
            )
        except Exception as error:
            refusal = app_error(error)
            if (
                isinstance(refusal, RefusedOverHttp)
                and matched is not None
                and at_another_version(refusal, op, matched)
            ):
                raise PreconditionFailed(refusal.message, **refusal.extra) from error
            raise


class Canvases(CanvasEndpoint):
    @extend_schema(operation_id="canvases_list", parameters=[*PAGING, DELETED], responses={200: reference(CanvasPage)})
    def get(self, request: Request, project_id: str) -> Response:
        access_project(self.user_id, project_id, Role.VIEWER)
        deleted = request.query_params.get("deleted") in {"1", "true"}
        page = canvases_of(project_id=project_id, deleted=deleted, **page_asked(request))
        return Response({"results": [entry_answer(entry) for entry in page.results], "next": page.next})

    @extend_schema(request=ProjectIn, responses={201: reference(CanvasOut)})
    def post(self, request: Request, project_id: str) -> Response:
        access_project_for(self.user_id, project_id, Action.ARRANGE_CANVASES)
        name = canvas_name(request)
        canvas_id = services.canvas_create(project_id=project_id, name=name, created_by=self.user)
        return Response(self.canvas(canvas_id).as_dict(), status=201)


class OneCanvas(CanvasEndpoint):
    @extend_schema(responses={200: reference(LoadedOut)})
    def get(self, request: Request, canvas_id: str) -> HttpResponse:
        """The whole canvas: all live elements after commit `seq`."""
        loaded = selectors.canvas_load(self.canvas(canvas_id))
        return HttpResponse(loaded.as_json(), content_type="application/json")

    @extend_schema(request=ProjectIn, responses={200: reference(CanvasOut)})
    def patch(self, request: Request, canvas_id: str) -> Response:
        access = self.canvas(canvas_id, Action.ARRANGE_CANVASES)
        name = canvas_name(request)
        services.canvas_rename(canvas_id=canvas_id, name=name, renamed_by=self.user)
        return Response({**access.as_dict(), "name": name})

    @extend_schema(responses={204: None})
    def delete(self, request: Request, canvas_id: str) -> Response:
        """Into the trash; it can be brought back for 30 days."""
        self.canvas(canvas_id, Action.ARRANGE_CANVASES)
        services.canvas_delete(canvas_id=canvas_id, deleted_by=self.user)
        return Response(status=204)


class RestoreDeleted(CanvasEndpoint):
    @extend_schema(request=None, responses={200: reference(CanvasOut)})
    def post(self, request: Request, canvas_id: str) -> Response:
        """Back from the trash as it was. Without effect on a canvas that is not in it."""
        access = selectors.access_deleted_canvas(self.user, canvas_id)
        services.canvas_restore(canvas_id=canvas_id)
        return Response(access.as_dict())


class Duplicate(CanvasEndpoint):
    @extend_schema(request=ProjectIn, responses={201: reference(CanvasOut)})
    def post(self, request: Request, canvas_id: str) -> Response:
        """A new canvas in the same project, with the same elements."""
        self.canvas(canvas_id, Action.ARRANGE_CANVASES)
        name = canvas_name(request)
        copy_id = services.canvas_duplicate(canvas_id=canvas_id, name=name, created_by=self.user)
        return Response(self.canvas(copy_id).as_dict(), status=201)


class Commits(CanvasEndpoint):
    @extend_schema(
        parameters=[OpenApiParameter("since", int), OpenApiParameter("limit", int)],
        responses={200: reference(CommitPage)},
    )
    def get(self, request: Request, canvas_id: str) -> Response:
        """The log after commit `since`, oldest first. `next` is the `since` to go on with."""
        access = self.canvas(canvas_id)
        since = whole_number(request, "cursor" if "cursor" in request.query_params else "since", default=0, least=0)
        limit = min(whole_number(request, "limit", default=100, least=1), COMMITS_PAGE)
        commits, following = selectors.commits_page(canvas_id, since, limit, access.told_since)
        return Response({"results": commits, "next": str(following) if following is not None else None})


class Intents(CanvasEndpoint):
    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=body_of(IntentIn), responses={200: reference(ReceiptOut)})
    def post(self, request: Request, canvas_id: str) -> Response:
        """Commits several ops, all or nothing; answers when they are durable."""
        self.canvas(canvas_id, Action.EDIT_CANVAS)
        body = request.data
        if not isinstance(body, dict) or not isinstance(body.get("ops"), list):
            raise Invalid("An intent is an object with a list of ops.", errors={"ops": ["A list of ops."]})
        gesture = body.get("gesture")
        if gesture is not None and not (isinstance(gesture, str) and len(gesture) <= 64):
            raise Invalid("The gesture is not valid.", errors={"gesture": ["A text of at most 64 characters."]})
        receipt = services.intent_submit(
            canvas_id=canvas_id, author=self.user, ops=body["ops"], gesture=gesture, key=idempotency_key(request)
        )
        return Response({"seq": receipt.seq, "versions": receipt.versions})


class Elements(CanvasEndpoint):
    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=body_of(ElementIn), responses={201: reference(Element)})
    def post(self, request: Request, canvas_id: str) -> Response:
        self.canvas(canvas_id, Action.EDIT_CANVAS)
        asked = parse(request, ElementIn)
        op = {"op": "create", "id": id_new(), **msgspec.to_builtins(asked)}
        receipt = self.submit(canvas_id, op)
        # A repeated call is answered with the first one's element, whose id was another.
        element_id, *more = receipt.versions or [""]
        if more or not element_id:
            raise AlreadyExists("This Idempotency-Key was used for something else than making one element.")
        response = element_answer(receipt.elements.get(element_id) or element_now(canvas_id, element_id), status=201)
        response.headers["Location"] = f"{request.path}{element_id}/"
        return response


class OneElement(CanvasEndpoint):
    @extend_schema(responses={200: reference(Element)})
    def get(self, request: Request, canvas_id: str, element_id: str) -> Response:
        self.canvas(canvas_id)
        return element_answer(element_now(canvas_id, element_id))

    @extend_schema(
        parameters=[IF_MATCH, IDEMPOTENCY_KEY], request=body_of(ElementPatch), responses={200: reference(Element)}
    )
    def patch(self, request: Request, canvas_id: str, element_id: str) -> Response:
        """UpdateElement. Only what is named changes; null removes a property."""
        self.canvas(canvas_id, Action.EDIT_CANVAS)
        asked = parse(request, ElementPatch)
        op: dict[str, Any] = {"op": "update", "id": element_id, "set": asked.paths()}
        if asked.expect is not None:
            op["expect"] = asked.expect
        receipt = self._submit_if_match(canvas_id, element_id, op)
        return element_answer(receipt.elements.get(element_id) or element_now(canvas_id, element_id))

    @extend_schema(parameters=[IF_MATCH, IDEMPOTENCY_KEY], responses={204: None})
    def delete(self, request: Request, canvas_id: str, element_id: str) -> Response:
        self.canvas(canvas_id, Action.EDIT_CANVAS)
        self._submit_if_match(canvas_id, element_id, {"op": "delete", "id": element_id})
        return Response(status=204)

    def _submit_if_match(self, canvas_id: str, element_id: str, op: dict[str, Any]) -> Receipt:
        header = self.request.headers.get("If-Match", "").strip()
        if header in {"", "*"}:
            return self.submit(canvas_id, op)
        version = expected_version(header, canvas_id, element_id)
        return self.submit(canvas_id, {**op, "expect": version}, matched=version)


def expected_version(header: str, canvas_id: str, element_id: str) -> int:
    """The version an If-Match asks for. The room compares, since only there nothing can change in between."""
    if single := re.fullmatch(r'"?(\d{1,15})"?', header):
        return int(single[1])
    current = element_now(canvas_id, element_id)
    if f'"{current.version}"' in [tag.strip() for tag in header.split(",")]:
        return current.version
    raise PreconditionFailed(f"The element is at version {current.version}.", elements=[msgspec.to_builtins(current)])


def at_another_version(refusal: RefusedOverHttp, op: dict[str, Any], expected: int) -> bool:
    elements = refusal.extra.get("elements", [])
    return refusal.code == "conflict" and any(
        element["id"] == op["id"] and element["version"] != expected for element in elements
    )


def element_now(canvas_id: str, element_id: str) -> Element:
    element = selectors.element_get(canvas_id, element_id)
    if element is None:
        raise NotFound("There is no such element.")
    if element.deleted:
        raise Gone("The element was deleted.")
    return element


def element_answer(element: Element, status: int = 200) -> Response:
    return Response(msgspec.to_builtins(element), status=status, headers={"ETag": f'"{element.version}"'})


def entry_answer(entry: CanvasEntry) -> dict[str, Any]:
    return {
        "id": entry.canvas_id,
        "project": entry.project_id,
        "name": entry.name,
        "created_at": entry.created_at.isoformat(),
        "updated_at": entry.updated_at.isoformat(),
        "created_by": entry.created_by,
        "updated_by": entry.changed_by,
        "deleted_at": entry.deleted_at and entry.deleted_at.isoformat(),
    }


def canvas_name(request: Request) -> str:
    return str(valid(ProjectIn, request)["name"])


def parse(request: Request, kind: type[Body]) -> Body:
    try:
        return msgspec.convert(request.data, kind)
    except msgspec.ValidationError as error:
        sentence, _, path = str(error).partition(" - at `$")
        field = path.strip("`.") or "body"
        raise Invalid(INVALID_DETAIL, errors={field: [sentence]}) from error


def idempotency_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= MAX_KEY_LENGTH:
        raise Invalid(f"An Idempotency-Key has 1 to {MAX_KEY_LENGTH} characters.")
    return key


def whole_number(request: Request, name: str, *, default: int, least: int) -> int:
    text = request.query_params.get(name, str(default))
    value = int(text) if re.fullmatch("[0-9]{1,12}", text) else -1
    if value < least:
        raise Invalid(INVALID_DETAIL, errors={name: [f"A whole number from {least}."]})
    return value
