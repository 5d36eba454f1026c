"""Shapes of the REST API about accounts, projects and members."""

from typing import Any

from rest_framework import serializers

from projects.access import MAX_HISTORY_DAYS, Role
from projects.models import COLORS, Theme, User
from projects.selectors import Member, ProjectOf

ROLES = [role.value for role in reversed(Role)]


class Name(serializers.CharField):
    """One line of text that people gave to something."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=120, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return " ".join(str(super().to_internal_value(data)).split())


class SignUpIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=64)
    password = serializers.CharField(max_length=256, trim_whitespace=False, write_only=True)
    email = serializers.EmailField(required=False, allow_blank=True, default="")
    name = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")


class LoginIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=256)
    password = serializers.CharField(max_length=256, trim_whitespace=False, write_only=True)


class PersonOut(serializers.ModelSerializer[User]):
    """A user as other members see them."""

    name = serializers.CharField(source="display_name", read_only=True)
    color = serializers.CharField(read_only=True)

    class Meta:
        model = User
        fields = ("id", "username", "name", "color")


class MeOut(PersonOut):
    class Meta(PersonOut.Meta):
        fields = (*PersonOut.Meta.fields, "email", "theme")  # type: ignore[assignment]


class MeIn(serializers.Serializer[Any]):
    """Only what is named changes."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=80)
    email = serializers.EmailField(required=False, allow_blank=True)
    theme = serializers.ChoiceField(choices=Theme.values, required=False)
    chosen_color = serializers.ChoiceField(choices=COLORS, required=False, allow_blank=True)


class AccessOut(serializers.Serializer[Any]):
    access = serializers.CharField()


class SignedInOut(AccessOut):
    user = MeOut()


class ProjectIn(serializers.Serializer[Any]):
    name = Name()


class ProjectPatchIn(serializers.Serializer[Any]):
    """Only what is named changes."""

    name = Name(required=False)
    history_days = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_HISTORY_DAYS,
        help_text="For how many days its history is told and kept; null: for ever.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"name": ["Say what is to change."]})
        return attrs


class ProjectOut(serializers.Serializer[ProjectOf]):
    id = serializers.CharField(source="project.id")
    name = serializers.CharField(source="project.name")
    role = serializers.ChoiceField(choices=ROLES, source="role.value")
    created_at = serializers.DateTimeField(source="project.created_at")
    created_by = serializers.CharField(source="project.created_by")
    updated_at = serializers.DateTimeField(source="project.changed_at")
    updated_by = serializers.CharField(source="project.changed_by")
    history_days = serializers.IntegerField(source="project.history_days", allow_null=True)
    archived_at = serializers.DateTimeField(source="project.archived_at", allow_null=True)
    deleted_at = serializers.DateTimeField(source="project.deleted_at", allow_null=True)


class RoleField(serializers.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=ROLES, **kwargs)

    def to_internal_value(self, data: Any) -> Role:  # type: ignore[override]
        return Role(super().to_internal_value(data))


class MemberIn(serializers.Serializer[Any]):
    user = serializers.CharField(max_length=254, help_text="A username, an email address or a user's id.")
    role = RoleField()


class MemberRoleIn(serializers.Serializer[Any]):
    role = RoleField()


class MemberOut(serializers.Serializer[Member]):
    user = PersonOut()
    role = serializers.ChoiceField(choices=ROLES, source="membership.role")
    created_at = serializers.DateTimeField(source="membership.created_at")


class ProjectPageOut(serializers.Serializer[Any]):
    results = ProjectOut(many=True)
    next = serializers.CharField(allow_null=True)


class MemberPageOut(serializers.Serializer[Any]):
    results = MemberOut(many=True)
    next = serializers.CharField(allow_null=True)
