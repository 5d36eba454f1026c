"""Every decision about who may do what. Sockets, REST, pages, admin and commands all ask here."""

import enum
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils.translation import gettext

from projects.exceptions import Forbidden, NotFound
from projects.items import MEMBER_PREFIX, METADATA, Membership, Project, project_key
from projects.store import reaching_dynamodb
from projects.table import TableItem


@functools.total_ordering
class Role(enum.Enum):
    """Ordered: whatever a role may do, a higher one may do too."""

    VIEWER = "viewer"
    COMMENTER = "commenter"
    EDITOR = "editor"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def __lt__(self, other: "Role") -> bool:
        return self.rank < other.rank


_RANKS = {role: rank for rank, role in enumerate(Role)}


class Action(enum.Enum):
    VIEW = "view"
    COMMENT = "comment"
    EDIT_CANVAS = "edit_canvas"
    ARRANGE_CANVASES = "arrange_canvases"
    MANAGE_MEMBERS = "manage_members"
    RENAME_PROJECT = "rename_project"
    ARCHIVE_PROJECT = "archive_project"
    EMBED_CANVAS = "embed_canvas"
    DELETE_PROJECT = "delete_project"
    RESTORE_PROJECT = "restore_project"
    LIMIT_HISTORY = "limit_history"


# Arranging canvases is making, renaming, duplicating and deleting them, and bringing deleted ones back.
LEAST_ROLE = {
    Action.VIEW: Role.VIEWER,
    Action.COMMENT: Role.COMMENTER,
    Action.EDIT_CANVAS: Role.EDITOR,
    Action.ARRANGE_CANVASES: Role.EDITOR,
    Action.MANAGE_MEMBERS: Role.OWNER,
    Action.RENAME_PROJECT: Role.OWNER,
    Action.ARCHIVE_PROJECT: Role.OWNER,
    Action.EMBED_CANVAS: Role.OWNER,
    Action.DELETE_PROJECT: Role.OWNER,
    Action.RESTORE_PROJECT: Role.OWNER,
    Action.LIMIT_HISTORY: Role.OWNER,
}
# An archived project is read only for everybody; its owners still say who sees it, and what becomes of it.
WHILE_ARCHIVED = frozenset(
    {
        Action.VIEW,
        Action.MANAGE_MEMBERS,
        Action.ARCHIVE_PROJECT,
        Action.DELETE_PROJECT,
        Action.RESTORE_PROJECT,
        Action.LIMIT_HISTORY,
    }
)
MAX_HISTORY_DAYS = 36_500
# A deleted one is not there, but for those who may bring it back.
WHILE_DELETED = frozenset({Action.RESTORE_PROJECT})


@dataclass(frozen=True, slots=True)
class Standing:
    """What someone is in a project, and what the project is: all that decisions rest on."""

    role: Role
    archived: bool = False
    deleted: bool = False
    history_days: int | None = None

    @property
    def told_since(self) -> datetime | None:
        """What is older is history that is not told to anybody; None: all is told."""
        return None if self.history_days is None else told_since(self.history_days)

    @property
    def acting(self) -> Role | None:
        """The role that counts now, for whoever asks by role: viewer at most while archived, none once deleted."""
        if self.deleted:
            return None
        return Role.VIEWER if self.archived else self.role

    def may(self, action: Action) -> bool:
        if self.deleted and action not in WHILE_DELETED:
            return False
        if self.archived and action not in WHILE_ARCHIVED:
            return False
        return may(self.role, action)


@dataclass(frozen=True, slots=True)
class Access:
    """`role` is the acting one."""

    project_id: str
    role: Role
    standing: Standing

    def may(self, action: Action) -> bool:
        return self.standing.may(action)


def told_since(history_days: int) -> datetime:
    """The beginning of a day (UTC), so that what is asked in several requests is cut off at one place."""
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    return today - timedelta(days=history_days)


def may(role: Role | None, action: Action) -> bool:
    return role is not None and role >= LEAST_ROLE[action]


def standing_in(user_id: str, project_id: str) -> Standing | None:
    """One strongly consistent BatchGetItem: a right taken away is gone with the next question."""
    pk = project_key(project_id)
    with reaching_dynamodb():
        found = list(TableItem.batch_get([(pk, MEMBER_PREFIX + user_id), (pk, METADATA)], consistent_read=True))
    membership = next((item for item in found if isinstance(item, Membership)), None)
    project = next((item for item in found if isinstance(item, Project)), None)
    if membership is None or project is None:
        return None
    return Standing(
        Role(membership.role),
        project.archived_at is not None,
        project.deleted_at is not None,
        history_days=int(project.history_days) if project.history_days else None,
    )


def is_shown(project_id: str) -> bool:
    """Whether what owners have published of a project (embedded canvases) may be seen: also while it is archived."""
    with reaching_dynamodb():
        try:
            project = Project.get(project_key(project_id), METADATA, consistent_read=True)
        except Project.DoesNotExist:
            return False
    return project.deleted_at is None


def role_in(user_id: str, project_id: str) -> Role | None:
    """The acting role."""
    standing = standing_in(user_id, project_id)
    return standing.acting if standing else None


def access_project(user_id: str, project_id: str, at_least: Role) -> Access:
    """NotFound for an outsider (that a project exists is not told); Forbidden for a member whose role is too low."""
    standing = standing_in(user_id, project_id)
    role = standing.acting if standing else None
    if standing is None or role is None:
        raise _nothing_there()
    if role < at_least:
        raise _refusal(standing, at_least)
    return Access(project_id, role, standing)


def access_any(user_id: str, project_ids: Sequence[str], at_least: Role) -> Access | None:
    """The first of at most 100 projects where the user has the role: a consistent BatchGet, then the question above."""
    keys = [(project_key(project_id), MEMBER_PREFIX + user_id) for project_id in project_ids]
    with reaching_dynamodb():
        found = list(Membership.batch_get(keys, consistent_read=True))
    for membership in found:
        try:
            return access_project(user_id, membership.project_id, at_least)
        except (NotFound, Forbidden):
            continue
    return None


def access_project_for(user_id: str, project_id: str, action: Action) -> Access:
    """As `access_project`, by what is to be done; the only way to what is done to archived and deleted projects."""
    standing = standing_in(user_id, project_id)
    if standing is None or (standing.deleted and action not in WHILE_DELETED):
        raise _nothing_there()
    if not standing.may(action):
        if standing.deleted:  # whoever may not bring it back is not told that it could be
            raise _nothing_there()
        raise _refusal(standing, LEAST_ROLE[action])
    return Access(project_id, standing.acting or standing.role, standing)


def _nothing_there() -> NotFound:
    return NotFound(gettext("There is no such project, or you are not a member of it."))


def _refusal(standing: Standing, at_least: Role) -> Forbidden:
    if standing.role >= at_least:
        return Forbidden(gettext("This project is archived: it can be looked at, not changed."))
    sentence = gettext("This needs the role {needed}; yours is {yours}.")
    return Forbidden(sentence.format(needed=at_least.value, yours=standing.role.value))
