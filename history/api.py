"""REST endpoints about the past: GetProjectHistory, its counts and export, and any past state of a canvas."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from functools import cache, partial
from itertools import islice
from typing import Any
from zoneinfo import available_timezones

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp.api import CanvasEndpoint
from canvasapp.schema import LoadedOut, reference
from history import audit, export, selectors, services, timetravel
from history.changes import Action as ChangeAction
from history.moments import moment_of
from history.retention import check_told, told_choice
from history.reverting import Choice
from history.selectors import Filters
from history.turns import off_loop, turn
from projects.access import Access, Action, Role, access_project
from projects.api import PAGING, valid
from projects.attempts import address_of, history_counter
from projects.exceptions import Invalid, NotFound
from projects.problems import INVALID_DETAIL
from projects.rest import Endpoint, page_asked
from projects.selectors import canvases_in_trash

MAX_NAME = 64  # of an id or type that a filter may name
EXPORTS: dict[str, tuple[str, Callable[[Iterable[dict[str, Any]]], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", export.as_csv),
    "jsonl": ("application/jsonl; charset=utf-8", export.as_json_lines),
}
ROWS_AT_ONCE = 50  # of up to 256 KiB
MAX_SEQ = 10**12 - 1  # a sort key has 12 digits
MAX_RESTORED = 1_000  # elements named in one request

FILTERS = [
    OpenApiParameter("canvas", str),
    OpenApiParameter("user", str),
    OpenApiParameter("since", datetime, description="Changes that ended then or later."),
    OpenApiParameter("until", datetime, description="Changes that ended before."),
    OpenApiParameter("element_type", str),
    OpenApiParameter("action", str, enum=[action.value for action in ChangeAction]),
    OpenApiParameter("element", str),
]

ELEMENT_ID = partial(serializers.RegexField, r"^[A-Za-z0-9_-]{1,64}\Z")

_encoder = msgspec.json.Encoder()


@extend_schema_serializer(component_name="WhoDid")
class PersonOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    color = serializers.CharField(allow_null=True)


class ChangedOut(serializers.Serializer[Any]):
    path = serializers.CharField()
    before = serializers.JSONField(required=False, allow_null=True)
    after = serializers.JSONField(required=False, allow_null=True)
    appended = serializers.IntegerField(required=False)
    shortened = serializers.BooleanField(required=False)


class ChangeOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    canvas = serializers.CharField()
    element = serializers.CharField()
    element_type = serializers.CharField()
    family = serializers.CharField()
    action = serializers.ChoiceField([action.value for action in ChangeAction])
    user = PersonOut()
    client = serializers.CharField()
    gesture = serializers.CharField(allow_null=True)
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    to = serializers.DateTimeField()
    changes = ChangedOut(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}


class ChangePageOut(serializers.Serializer[Any]):
    results = ChangeOut(many=True)
    next = serializers.CharField(allow_null=True)


class CountOut(serializers.Serializer[Any]):
    day = serializers.DateField()
    user = PersonOut()
    changes = serializers.IntegerField()


class CountsOut(serializers.Serializer[Any]):
    results = CountOut(many=True)


class Bounded(Endpoint):
    """Keeps a store or this process busy: in turns."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self._turn:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._turn.enter_context(turn(self.user_id))


class Costly(Bounded):
    """Reads much, or replays a log: so many a minute for each user as well."""

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        history_counter(self.user_id).take()


class History(Bounded):
    @extend_schema(operation_id="history_list", parameters=[*FILTERS, *PAGING], responses=ChangePageOut)
    def get(self, request: Request, project_id: str) -> Response:
        """Who changed what: a record for each gesture and element, newest first."""
        access = access_project(self.user_id, project_id, Role.VIEWER)
        filters = filters_asked(request, access)
        page = selectors.history_page(project_id=project_id, filters=filters, **page_asked(request))
        return Response({"results": page.results, "next": page.next})


class Counts(Costly):
    @extend_schema(
        parameters=[
            *FILTERS,
            OpenApiParameter("tz", str, description="Whose days, as Asia/Tokyo; UTC unless said."),
        ],
        responses=CountsOut,
    )
    def get(self, request: Request, project_id: str) -> Response:
        """How many changes each person made on each day."""
        access = access_project(self.user_id, project_id, Role.VIEWER)
        counted = selectors.history_counts(
            project_id=project_id, filters=filters_asked(request, access), zone=zone_asked(request)
        )
        return Response({"results": counted})


class Export(Costly):
    @extend_schema(
        parameters=[*FILTERS, OpenApiParameter("as", str, enum=list(EXPORTS), description="csv unless said.")],
        responses={200: OpenApiResponse(description="A file with a line for each change, newest first.")},
    )
    def get(self, request: Request, project_id: str) -> StreamingHttpResponse:
        access = access_project(self.user_id, project_id, Role.VIEWER)
        filters = filters_asked(request, access)
        kind = request.query_params.get("as", "csv")
        if kind not in EXPORTS:
            raise Invalid(INVALID_DETAIL, errors={"as": [f"One of {', '.join(EXPORTS)}."]})
        content_type, written = EXPORTS[kind]
        asked = {name: str(value) for name, value in asdict(filters).items() if value and name != "hidden"}
        audit.note(
            action="history.export",
            user_id=self.user_id,
            project=project_id,
            details={"as": kind} | asked,
            origin=address_of(request),
        )
        lines = written(selectors.history_rows(project_id=project_id, filters=filters))
        name = f'attachment; filename="history-{project_id}.{kind}"'
        return StreamingHttpResponse(
            off_loop(in_pieces(lines), self.user_id), content_type=content_type, headers={"Content-Disposition": name}
        )


class PastEndpoint(Costly, CanvasEndpoint):
    def handle_exception(self, exc: Exception) -> Response:
        missing = isinstance(exc, timetravel.NoSuchCommit)
        return super().handle_exception(NotFound("This canvas has no such commit.") if missing else exc)


class At(PastEndpoint):
    @extend_schema(
        parameters=[
            OpenApiParameter("seq", int, description="The commit; 0 is the empty canvas."),
            OpenApiParameter("time", datetime, description="The last commit not after it."),
        ],
        responses={200: reference(LoadedOut)},
    )
    def get(self, request: Request, canvas_id: str) -> HttpResponse:
        """The canvas as it was: all elements that were live after that commit, and `at`, when that was."""
        access = self.canvas(canvas_id)
        with selectors.reaching_mongodb():
            seq = self._seq(request, canvas_id)
            check_told(access, seq)
            state = timetravel.state_at(canvas_id, seq)
        past = {"canvas": access.as_dict(), "seq": seq, "at": state.at or None, "elements": state.live_elements()}
        return HttpResponse(_encoder.encode(past), content_type="application/json")

    @staticmethod
    def _seq(request: Request, canvas_id: str) -> int:
        asked = {name: request.query_params[name] for name in ("seq", "time") if name in request.query_params}
        if len(asked) != 1:
            raise Invalid(INVALID_DETAIL, errors={"seq": ["Say either seq or time."]})
        if "time" in asked:
            moment = moment_asked(request, "time")
            assert moment is not None
            return timetravel.seq_at(canvas_id, moment)
        text = asked["seq"]
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise Invalid(INVALID_DETAIL, errors={"seq": ["A whole number, 0 or above."]})
        return int(text)


class RestoreIn(serializers.Serializer[Any]):
    seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ)
    elements = serializers.ListField(
        child=ELEMENT_ID(),
        required=False,
        allow_null=True,
        min_length=1,
        max_length=MAX_RESTORED,
        help_text="Only these; otherwise the whole canvas.",
    )
    dry_run = serializers.BooleanField(default=False)


class RestoredOut(serializers.Serializer[Any]):
    first_seq = serializers.IntegerField(
        allow_null=True, help_text="The first commit of it; null when nothing was to do."
    )
    seq = serializers.IntegerField(allow_null=True, help_text="The last commit of it.")
    gesture = serializers.CharField(allow_null=True, help_text="With these three, /revert/ takes it back.")
    revived = serializers.IntegerField()
    changed = serializers.IntegerField()
    removed = serializers.IntegerField()


class Restore(PastEndpoint):
    @extend_schema(request=RestoreIn, responses=RestoredOut)
    def post(self, request: Request, canvas_id: str) -> Response:
        """Makes the canvas what it was, by new commits on top: nothing of the history is lost."""
        access = self.canvas(canvas_id, Action.EDIT_CANVAS)
        asked = valid(RestoreIn, request)
        elements = asked.get("elements")
        with selectors.reaching_mongodb():
            check_told(access, asked["seq"])
            restored = services.canvas_restore(
                canvas_id=canvas_id,
                to_seq=asked["seq"],
                restored_by=self.user,
                elements=frozenset(elements) if elements is not None else None,
                dry_run=asked["dry_run"],
            )
        return Response(asdict(restored))


class RevertIn(serializers.Serializer[Any]):
    user = serializers.CharField(required=False, max_length=MAX_NAME, help_text="Only what this person did.")
    gesture = serializers.CharField(
        required=False, max_length=MAX_NAME, help_text="Only what was done in this gesture."
    )
    since = serializers.DateTimeField(required=False, help_text="Only what was done then or later.")
    until = serializers.DateTimeField(required=False, help_text="Only what was done before.")
    from_seq = serializers.IntegerField(required=False, min_value=1, max_value=MAX_SEQ)
    to_seq = serializers.IntegerField(required=False, min_value=1, max_value=MAX_SEQ)
    elements = serializers.ListField(child=ELEMENT_ID(), required=False, min_length=1, max_length=MAX_RESTORED)
    overwrite = serializers.BooleanField(default=False, help_text="Take others' newer work on the same back as well.")
    dry_run = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.keys() - {"overwrite", "dry_run"}:
            raise serializers.ValidationError({"user": ["Say whose changes, or which."]})
        return attrs


class ConflictOut(serializers.Serializer[Any]):
    element = serializers.CharField()
    path = serializers.CharField(allow_null=True, help_text="null: the element as a whole.")
    user = PersonOut()
    seq = serializers.IntegerField(help_text="The newer change's commit.")
    at = serializers.DateTimeField(help_text="When that was.")


class RevertedOut(RestoredOut):
    conflicts = ConflictOut(many=True)


class Revert(PastEndpoint):
    @extend_schema(request=RevertIn, responses=RevertedOut)
    def post(self, request: Request, canvas_id: str) -> Response:
        """Takes chosen changes back on today's canvas. What others changed since stands, and is listed."""
        access = self.canvas(canvas_id, Action.EDIT_CANVAS)
        asked = valid(RevertIn, request)
        elements = asked.pop("elements", None)
        options = {name: asked.pop(name) for name in ("overwrite", "dry_run")}
        choice = Choice(**asked, elements=frozenset(elements) if elements else None)
        with selectors.reaching_mongodb():
            restored, conflicts = services.changes_revert(
                canvas_id=canvas_id, choice=told_choice(access, choice), reverted_by=self.user, **options
            )
        shown = selectors.people_shown({conflict.newer.user for conflict in conflicts})
        told = [
            {
                "element": conflict.element,
                "path": conflict.path,
                "user": shown[newer.user],
                "seq": newer.seq,
                "at": newer.at,
            }
            for conflict in conflicts
            for newer in [conflict.newer]
        ]
        return Response(asdict(restored) | {"conflicts": told})


def filters_asked(request: Request, access: Access) -> Filters:
    """What is asked for, as far as the project's history is told."""
    named: dict[str, str] = {}
    for name in ("canvas", "user", "element_type", "action", "element"):
        if value := request.query_params.get(name):
            if len(value) > MAX_NAME:
                raise Invalid(INVALID_DETAIL, errors={name: [f"At most {MAX_NAME} characters."]})
            named[name] = value
    if "action" in named and named["action"] not in set(ChangeAction):
        raise Invalid(INVALID_DETAIL, errors={"action": [f"One of {', '.join(ChangeAction)}."]})
    return Filters(
        since=moment_asked(request, "since"),
        until=moment_asked(request, "until"),
        told_since=access.standing.told_since,
        hidden=canvases_in_trash(project_id=access.project_id),
        **named,
    )


@cache
def zones() -> frozenset[str]:
    """As the world names them: MongoDB has no "localtime", nor what else a machine adds to the list."""
    return frozenset({"UTC"} | {name for name in available_timezones() if "/" in name})


def zone_asked(request: Request) -> str:
    name = request.query_params.get("tz") or "UTC"
    if name not in zones():
        raise Invalid(INVALID_DETAIL, errors={"tz": ["The name of a time zone, such as Europe/Berlin."]})
    return name


def moment_asked(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return moment_of(text)
    except ValueError:
        raise Invalid(INVALID_DETAIL, errors={name: ["An RFC 3339 time such as 2026-01-31T12:00:00Z."]}) from None


def in_pieces(lines: Iterator[str]) -> Iterator[str]:
    while piece := "".join(islice(lines, ROWS_AT_ONCE)):
        yield piece
