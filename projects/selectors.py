"""Every read about projects and their members, in pages.

A cursor is the id of the last row seen: the rest of the key is rebuilt here, so that a made-up cursor can only move
within what its sender may read anyway.
"""

import contextlib
import enum
import re
import uuid
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Q
from django.utils.translation import gettext
from pynamodb.expressions.condition import Condition

from projects.access import Role
from projects.exceptions import Conflict, Invalid, NotFound
from projects.items import (
    CANVAS_PREFIX,
    MEMBER_PREFIX,
    METADATA,
    PROJECT_PREFIX,
    TRASH,
    CanvasEntry,
    Membership,
    Project,
    project_key,
    user_key,
)
from projects.models import User
from projects.store import reaching_dynamodb
from projects.table import TableItem

PAGE_LIMIT = 100  # also what one BatchGetItem takes

Row = TypeVar("Row")
Item = TypeVar("Item", bound=TableItem)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    results: list[Row]
    next: str | None


@dataclass(frozen=True, slots=True)
class ProjectOf:
    """A project with the role of the person who asked."""

    project: Project
    role: Role


@dataclass(frozen=True, slots=True)
class Member:
    membership: Membership
    user: User


class State(enum.Enum):
    """Of a project, as lists tell them apart."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


def state_of(project: Project) -> State:
    if project.deleted_at:
        return State.DELETED
    return State.ARCHIVED if project.archived_at else State.ACTIVE


def projects_of(
    *, user_id: str, limit: int = PAGE_LIMIT, cursor: str | None = None, state: State | None = State.ACTIVE
) -> Page[ProjectOf]:
    """ListUserProjects: one Query of the index, one BatchGet of the metadata. A page may hold fewer than `limit`.

    Without a `state`, all but the deleted.
    """
    last = _cursor_read(cursor)
    start = {
        "PK": {"S": project_key(last)},
        "SK": {"S": MEMBER_PREFIX + user_id},
        "GSI1PK": {"S": user_key(user_id)},
        "GSI1SK": {"S": project_key(last)},
    }
    with reaching_dynamodb():
        rows = list(
            Membership.gsi1.query(
                user_key(user_id),
                Membership.gsi1sk.startswith(PROJECT_PREFIX),
                limit=limit + 1,
                last_evaluated_key=start if last else None,
            )
        )
        memberships, following = _cut(rows, limit, lambda row: row.project_id)
        found = Project.batch_get([(membership.pk, METADATA) for membership in memberships])
        projects = {project.id: project for project in found}
    results = [
        ProjectOf(project=projects[membership.project_id], role=Role(membership.role))
        for membership in memberships
        if membership.project_id in projects  # else: being purged while the index still lists it
        and _listed(projects[membership.project_id], state)
    ]
    return Page(results, following)


def _listed(project: Project, wanted: State | None) -> bool:
    found = state_of(project)
    return found is not State.DELETED if wanted is None else found is wanted


def project_get(*, project_id: str) -> Project:
    try:
        with reaching_dynamodb():
            return Project.get(project_key(project_id), METADATA, consistent_read=True)
    except Project.DoesNotExist as error:
        raise NotFound from error


def memberships_of(*, project_id: str, limit: int = PAGE_LIMIT, cursor: str | None = None) -> Page[Membership]:
    rows = _rows_of(Membership, project_id, MEMBER_PREFIX, limit, cursor)
    return Page(*_cut(rows, limit, lambda row: row.user_id))


def members_of(*, project_id: str, limit: int = PAGE_LIMIT, cursor: str | None = None) -> Page[Member]:
    page = memberships_of(project_id=project_id, limit=limit, cursor=cursor)
    users = people(row.user_id for row in page.results)
    return Page([Member(row, users[row.user_id]) for row in page.results if row.user_id in users], page.next)


def member_get(*, project_id: str, user_id: str) -> Member:
    try:
        with reaching_dynamodb():
            membership = Membership.get(project_key(project_id), MEMBER_PREFIX + user_id, consistent_read=True)
        return Member(membership, User.objects.get(id=user_id))
    except (Membership.DoesNotExist, User.DoesNotExist) as error:
        raise NotFound(gettext("There is no such member.")) from error


def canvases_of(
    *, project_id: str, limit: int = PAGE_LIMIT, cursor: str | None = None, deleted: bool = False
) -> Page[CanvasEntry]:
    """Those in the trash with `deleted`, else the others."""
    wanted = CanvasEntry.deleted_at.exists() if deleted else CanvasEntry.deleted_at.does_not_exist()
    rows = _rows_of(CanvasEntry, project_id, CANVAS_PREFIX, limit, cursor, wanted=wanted)
    return Page(*_cut(rows, limit, lambda row: row.canvas_id))


def everything(read: Callable[[str | None], Page[Row]]) -> Iterator[Row]:
    """All rows of a paged read, for pages and commands that show or need the whole list."""
    cursor: str | None = None
    while True:
        page = read(cursor)
        yield from page.results
        if page.next is None:
            return
        cursor = page.next


def user_find(*, username_or_id: str) -> User:
    """By username, email address or id. Addresses are as people typed them, so one that several gave finds nobody."""
    named = username_or_id.strip()
    matches = Q(username=User.normalize_username(named))
    if "@" in named:
        matches |= Q(email__iexact=named)
    with contextlib.suppress(ValueError):
        matches |= Q(id=uuid.UUID(named))
    found = list(User.objects.filter(matches, is_active=True)[:2])
    if not found:
        raise NotFound(gettext("There is no user of that name or address."))
    if len(found) > 1:
        raise Conflict(gettext("Several accounts go by that address; ask for the username."))
    return found[0]


def canvases_in_trash(*, project_id: str) -> frozenset[str]:
    with reaching_dynamodb():
        rows = CanvasEntry.query(
            project_key(project_id),
            CanvasEntry.sk.startswith(CANVAS_PREFIX),
            CanvasEntry.deleted_at.exists(),
            attributes_to_get=["PK", "SK", "kind"],
            consistent_read=True,
        )
        return frozenset(row.canvas_id for row in rows)


def trash_before(at: datetime) -> Iterator[Project | CanvasEntry]:
    """Whatever was put into the trash before that time, oldest first."""
    with reaching_dynamodb():
        for item in TableItem.gsi1.query(TRASH, TableItem.gsi1sk < at.isoformat()):
            if isinstance(item, Project | CanvasEntry):
                yield item


def people(user_ids: Iterable[str]) -> dict[str, User]:
    """Accounts by id; ids that are none (programs of long ago) are left out."""
    known = set()
    for user_id in user_ids:
        with contextlib.suppress(ValueError):
            known.add(uuid.UUID(user_id))
    return {str(user.id): user for user in User.objects.filter(id__in=known)}


def _rows_of(
    kind: type[Item], project_id: str, prefix: str, limit: int, cursor: str | None, *, wanted: Condition | None = None
) -> list[Item]:
    last = _cursor_read(cursor)
    start = {"PK": {"S": project_key(project_id)}, "SK": {"S": prefix + last}}
    with reaching_dynamodb():
        return list(
            kind.query(
                project_key(project_id),
                kind.sk.startswith(prefix),
                wanted,
                limit=limit + 1,
                last_evaluated_key=start if last else None,
                consistent_read=True,
            )
        )


def _cut(rows: list[Row], limit: int, id_of: Callable[[Row], str]) -> tuple[list[Row], str | None]:
    """One row more than asked for was read: it says whether there is a next page."""
    if len(rows) <= limit:
        return rows, None
    kept = rows[:limit]
    return kept, urlsafe_b64encode(id_of(kept[-1]).encode()).decode().rstrip("=")


def _cursor_read(cursor: str | None) -> str:
    if not cursor:
        return ""
    try:
        last = b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        last = ""
    if not re.fullmatch("[0-9A-Za-z_-]{1,64}", last):
        raise Invalid("The cursor is not one that a list gave.", errors={"cursor": ["Not a cursor."]})
    return last
