"""REST: how much was done on a canvas, by whom, along its commits."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from canvasapp.api import whole_number
from history.activity import MAX_STRETCHES, canvas_activity
from history.api import PastEndpoint, PersonOut
from history.selectors import people_shown


class StretchOut(serializers.Serializer[Any]):
    from_seq = serializers.IntegerField()
    to_seq = serializers.IntegerField()
    begun_at = serializers.DateTimeField(help_text="When the first of these changes ended.")
    ended_at = serializers.DateTimeField()
    user = PersonOut()
    changes = serializers.IntegerField()


class ActivityOut(serializers.Serializer[Any]):
    results = StretchOut(many=True)


class Activity(PastEndpoint):
    @extend_schema(
        parameters=[
            OpenApiParameter("head", int, required=True, description="The last commit that counts."),
            OpenApiParameter("stretches", int, description=f"Of equal length: 200 unless said, up to {MAX_STRETCHES}."),
        ],
        responses=ActivityOut,
    )
    def get(self, request: Request, canvas_id: str) -> Response:
        """How many changes each person made in each stretch of the canvas's commits; oldest first."""
        access = self.canvas(canvas_id)
        head = whole_number(request, "head", default=0, least=1)
        stretches = min(whole_number(request, "stretches", default=200, least=1), MAX_STRETCHES)
        found = canvas_activity(access=access, head=head, stretches=stretches)
        shown = people_shown({stretch.user for stretch in found})
        results = [
            {
                "from_seq": stretch.from_seq,
                "to_seq": stretch.to_seq,
                "begun_at": stretch.begun_at,
                "ended_at": stretch.ended_at,
                "user": shown[stretch.user],
                "changes": stretch.changes,
            }
            for stretch in found
        ]
        return Response({"results": results})
