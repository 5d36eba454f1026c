"""What reads canvases, for synchronous callers, and the question who may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext

from canvasapp import log
from canvasapp.checkpoint import deleted_head_item, head_item
from canvasapp.elements import Element
from canvasapp.exceptions import NoSuchCanvas
from canvasapp.items import HeadItem
from canvasapp.rooms import rooms
from canvasapp.services import from_sync
from projects.access import Action, Role, access_project, access_project_for
from projects.exceptions import Forgotten, NotFound
from projects.models import User

PAGE_BYTES = 2 * 1024 * 1024  # of commits in one answer

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class CanvasAccess:
    canvas_id: str
    project_id: str
    name: str
    role: Role
    created_at: str
    created_by: str
    told_since: datetime | None = None  # history from before is told to nobody

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.canvas_id,
            "project": self.project_id,
            "name": self.name,
            "role": self.role.value,
            "created_at": self.created_at,
            "created_by": self.created_by,
        }


@dataclass(frozen=True)
class Loaded:
    """Live elements after commit `seq`, whose place in the chain is `hash`."""

    canvas: dict[str, Any]
    seq: int
    hash: bytes
    elements: list[Element]

    def as_json(self) -> bytes:
        """The LoadCanvas answer."""
        return _encoder.encode({"canvas": self.canvas, "seq": self.seq, "elements": self.elements})


def access_canvas(user: User, canvas_id: str, at_least: Role) -> CanvasAccess:
    """Raises projects.exceptions.NotFound (also for an outsider), Forbidden; canvasapp's Unavailable."""
    try:
        head: HeadItem = head_item(canvas_id)
    except NoSuchCanvas:
        raise NotFound(gettext("There is no such canvas, or you have no access to it.")) from None
    access = access_project(str(user.pk), head.project_id, at_least)
    return CanvasAccess(
        canvas_id,
        head.project_id,
        head.name,
        access.role,
        head.created_at,
        head.created_by,
        access.standing.told_since,
    )


def access_deleted_canvas(user: User, canvas_id: str) -> CanvasAccess:
    """For whoever may bring it back; also when somebody else just did. Raises as `access_canvas` does."""
    try:
        head = deleted_head_item(canvas_id) or head_item(canvas_id)
    except NoSuchCanvas:
        raise NotFound(gettext("There is no such canvas, or you have no access to it.")) from None
    access = access_project_for(str(user.pk), head.project_id, Action.ARRANGE_CANVASES)
    return CanvasAccess(canvas_id, head.project_id, head.name, access.role, head.created_at, head.created_by)


def canvas_load(access: CanvasAccess) -> Loaded:
    """LoadCanvas: everything committed before this was called is in it. Raises NoSuchCanvas, Unavailable."""
    return Loaded(access.as_dict(), *from_sync(_load, access.canvas_id))


def live_elements(canvas_id: str) -> list[Element]:
    """For whoever was let in otherwise than by a role. Raises NoSuchCanvas, Unavailable."""
    return from_sync(_load, canvas_id)[2]


async def _load(canvas_id: str) -> tuple[int, bytes, list[Element]]:
    async with rooms().lend_fresh(canvas_id) as room:
        return room.state.seq, room.state.hash, room.state.live_elements()


def elements_all(canvas_id: str) -> dict[str, Element]:
    """All that stands on the canvas, tombstones included. Raises NoSuchCanvas, Unavailable."""
    return from_sync(_elements_all, canvas_id)


async def _elements_all(canvas_id: str) -> dict[str, Element]:
    async with rooms().lend_fresh(canvas_id) as room:
        return dict(room.state.elements)


def element_get(canvas_id: str, element_id: str) -> Element | None:
    """The element, also a deleted one. Raises NoSuchCanvas, Unavailable."""
    return from_sync(_element, canvas_id, element_id)


async def _element(canvas_id: str, element_id: str) -> Element | None:
    async with rooms().lend_fresh(canvas_id) as room:
        return room.state.elements.get(element_id)


def commits_page(
    canvas_id: str, since: int, limit: int, told_since: datetime | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Commits with seq > `since` as they are stored, with `hash` (hex), and the `since` of the next page, if any.

    A page ends early when its commits are large. Raises Forgotten for commits from before `told_since`, Unavailable,
    LogCorrupt.
    """
    found = log.read(canvas_id, since, limit + 1, PAGE_BYTES)
    if found and told_since is not None and datetime.fromisoformat(found[0].commit.at) < told_since:
        raise Forgotten
    page = found[:limit]
    whole = len(found) <= limit and sum(len(sealed.body) for sealed in found) < PAGE_BYTES
    commits = [{**msgspec.json.decode(sealed.body), "hash": sealed.hash.hex()} for sealed in page]
    return commits, None if whole else page[-1].seq
