"""What the table holds about projects. Keys are built here and nowhere else."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from projects.table import TableItem

METADATA = "METADATA"
MEMBER_PREFIX = "MEMBER#"
CANVAS_PREFIX = "CANVAS#"
PROJECT_PREFIX = "PROJECT#"


def project_key(project_id: str) -> str:
    return PROJECT_PREFIX + project_id


def user_key(user_id: str) -> str:
    return "USER#" + user_id


class Project(TableItem, discriminator="project"):
    """`owners` counts the owner memberships, so that "the last owner stays" is one condition of a transaction."""

    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()
    owners = NumberAttribute()

    @classmethod
    def build(cls, project_id: str, **fields: Any) -> "Project":
        return cls(project_key(project_id), METADATA, **fields)

    @property
    def id(self) -> str:
        return self.pk.removeprefix(PROJECT_PREFIX)


class Membership(TableItem, discriminator="membership"):
    role = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()

    @classmethod
    def build(cls, project_id: str, user_id: str, **fields: Any) -> "Membership":
        return cls(
            project_key(project_id),
            MEMBER_PREFIX + user_id,
            gsi1pk=user_key(user_id),
            gsi1sk=project_key(project_id),
            **fields,
        )

    @property
    def project_id(self) -> str:
        return self.pk.removeprefix(PROJECT_PREFIX)

    @property
    def user_id(self) -> str:
        return self.sk.removeprefix(MEMBER_PREFIX)


class CanvasEntry(TableItem, discriminator="canvas_entry"):
    """A canvas as its project lists it; the canvas itself is another partition (canvasapp)."""

    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()

    @classmethod
    def build(cls, project_id: str, canvas_id: str, **fields: Any) -> "CanvasEntry":
        return cls(project_key(project_id), CANVAS_PREFIX + canvas_id, **fields)

    @property
    def project_id(self) -> str:
        return self.pk.removeprefix(PROJECT_PREFIX)

    @property
    def canvas_id(self) -> str:
        return self.sk.removeprefix(CANVAS_PREFIX)
