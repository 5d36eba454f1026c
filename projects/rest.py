"""What every endpoint of the REST API shares: paging, privacy of answers, the schema's error shape."""

from typing import Any, cast

from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.exceptions import Invalid, NotFound
from projects.models import User
from projects.selectors import PAGE_LIMIT, Page

DEFAULT_PAGE = 50


class Endpoint(APIView):
    """Answers are someone's own: no cache on the way may keep them."""

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    @property
    def user_id(self) -> str:
        return str(self.user.id)

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, cast(Response, response), *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        return answer


class UnknownEndpoint(Endpoint):
    """Whatever else is asked for below /api/; here and not a 404 of Django's, so that DEBUG shows the same."""

    permission_classes = ()
    authentication_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        hint = "" if request.path.endswith("/") else " Addresses of the API end with a slash."
        raise NotFound(f"The API has nothing at {request.path[:200]}.{hint}")


def page_asked(request: Request) -> dict[str, Any]:
    """`limit` and `cursor` of a list, ready for a selector."""
    text = request.query_params.get("limit", str(DEFAULT_PAGE))
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if limit < 1:
        raise Invalid("The page size is not valid.", errors={"limit": ["A whole number above 0."]})
    return {"limit": min(limit, PAGE_LIMIT), "cursor": request.query_params.get("cursor")}


def page_answer(page: Page[Any], serializer: type[serializers.Serializer[Any]]) -> Response:
    return Response({"results": serializer(page.results, many=True).data, "next": page.next})


def schema_add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook: every operation may answer with a problem document."""
    result["components"].setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    answer = {
        "description": "A problem (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["default"] = answer
    return result


_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457. `code` is for programs and stays the same; `detail` is for people and may be reworded.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "elements": {"type": "array", "items": {"type": "object"}, "description": "Their current states."},
    },
}
