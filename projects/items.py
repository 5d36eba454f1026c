"""What the table holds about projects. Keys are built here and nowhere else."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action

from projects.table import TableItem

METADATA = "METADATA"
MEMBER_PREFIX = "MEMBER#"
CANVAS_PREFIX = "CANVAS#"
PROJECT_PREFIX = "PROJECT#"
TRASH = "TRASH"


def project_key(project_id: str) -> str:
    return PROJECT_PREFIX + project_id


def user_key(user_id: str) -> str:
    return "USER#" + user_id


class Trashable(TableItem):
    """What can be deleted and brought back. While it is in the trash, GSI1 lists it under TRASH, oldest first."""

    deleted_at = UTCDateTimeAttribute(null=True)
    deleted_by = UnicodeAttribute(null=True)

    index_sources = ("deleted_at",)

    def index_keys(self) -> tuple[str, str] | None:
        return (TRASH, f"{self.deleted_at.isoformat()}#{self.pk}#{self.sk}") if self.deleted_at else None

    def into_trash(self, at: datetime, by: str) -> list[Action]:
        return [
            Trashable.deleted_at.set(at),
            Trashable.deleted_by.set(by),
            Trashable.gsi1pk.set(TRASH),
            Trashable.gsi1sk.set(f"{at.isoformat()}#{self.pk}#{self.sk}"),
        ]

    def out_of_trash(self) -> list[Action]:
        return [
            Trashable.deleted_at.remove(),
            Trashable.deleted_by.remove(),
            Trashable.gsi1pk.remove(),
            Trashable.gsi1sk.remove(),
        ]


class Project(Trashable, discriminator="project"):
    """`owners` counts the owner memberships, so that "the last owner stays" is one condition of a transaction.

    `history_days` is for how long its history is told and kept; without it, for ever.
    `updated_*` follow what happens to its canvases, up to a minute behind; `latest_canvas` is the one it happened to.
    """

    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()
    owners = NumberAttribute()
    updated_at = UTCDateTimeAttribute(null=True)
    updated_by = UnicodeAttribute(null=True)
    latest_canvas = UnicodeAttribute(null=True)
    archived_at = UTCDateTimeAttribute(null=True)
    archived_by = UnicodeAttribute(null=True)
    history_days = NumberAttribute(null=True)

    @classmethod
    def build(cls, project_id: str, **fields: Any) -> "Project":
        return cls(project_key(project_id), METADATA, **fields)

    @property
    def id(self) -> str:
        return self.pk.removeprefix(PROJECT_PREFIX)

    @property
    def changed_at(self) -> datetime:
        return self.updated_at or self.created_at

    @property
    def changed_by(self) -> str:
        return self.updated_by or self.created_by


class Membership(TableItem, discriminator="membership"):
    role = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()

    def index_keys(self) -> tuple[str, str]:
        return user_key(self.user_id), project_key(self.project_id)

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


class CanvasEntry(Trashable, discriminator="canvas_entry"):
    """A canvas as its project lists it; the canvas itself is another partition (canvasapp).

    `updated_*` follow its checkpoints, so a few seconds behind.
    """

    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()
    updated_by = UnicodeAttribute(null=True)

    @classmethod
    def build(cls, project_id: str, canvas_id: str, **fields: Any) -> "CanvasEntry":
        return cls(project_key(project_id), CANVAS_PREFIX + canvas_id, **fields)

    @property
    def project_id(self) -> str:
        return self.pk.removeprefix(PROJECT_PREFIX)

    @property
    def canvas_id(self) -> str:
        return self.sk.removeprefix(CANVAS_PREFIX)

    @property
    def changed_by(self) -> str:
        return self.updated_by or self.created_by
