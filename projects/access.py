"""Every decision about who may do what. Sockets, REST, pages, admin and commands all ask here."""

import enum
import functools
from dataclasses import dataclass

from projects.exceptions import Forbidden, NotFound
from projects.items import MEMBER_PREFIX, Membership, project_key
from projects.store import reaching_dynamodb


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
    DELETE_PROJECT = "delete_project"


LEAST_ROLE = {
    Action.VIEW: Role.VIEWER,
    Action.COMMENT: Role.COMMENTER,
    Action.EDIT_CANVAS: Role.EDITOR,
    Action.ARRANGE_CANVASES: Role.EDITOR,
    Action.MANAGE_MEMBERS: Role.OWNER,
    Action.RENAME_PROJECT: Role.OWNER,
    Action.DELETE_PROJECT: Role.OWNER,
}


@dataclass(frozen=True, slots=True)
class Access:
    project_id: str
    role: Role


def may(role: Role | None, action: Action) -> bool:
    return role is not None and role >= LEAST_ROLE[action]


def role_in(user_id: str, project_id: str) -> Role | None:
    """One strongly consistent GetItem: a right taken away is gone with the next question."""
    try:
        with reaching_dynamodb():
            membership = Membership.get(project_key(project_id), MEMBER_PREFIX + user_id, consistent_read=True)
    except Membership.DoesNotExist:
        return None
    return Role(membership.role)


def access_project(user_id: str, project_id: str, at_least: Role) -> Access:
    """NotFound for an outsider (that a project exists is not told); Forbidden for a member whose role is too low."""
    role = role_in(user_id, project_id)
    if role is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    if role < at_least:
        raise Forbidden(f"This needs the role {at_least.value}; yours is {role.value}.")
    return Access(project_id=project_id, role=role)


def access_project_for(user_id: str, project_id: str, action: Action) -> Access:
    return access_project(user_id, project_id, LEAST_ROLE[action])
