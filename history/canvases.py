"""All canvases that there are, for whoever goes through all. Reads the one index, never the whole table."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from canvasapp.checkpoint import deleted_head_item, head_item
from canvasapp.exceptions import NoSuchCanvas
from projects.items import Membership
from projects.selectors import canvases_of, everything
from projects.store import reaching_dynamodb


class Listed(NamedTuple):
    canvas: str
    project: str


def every_canvas() -> Iterator[Listed]:
    """Those in the trash too. Every project has an owner, and memberships are the larger part of the one index."""
    for project in sorted(_projects()):
        yield from canvases_in(project)


def canvases_in(project: str) -> Iterator[Listed]:
    for deleted in (False, True):
        read = partial(canvases_of, project_id=project, deleted=deleted)
        for entry in everything(lambda cursor, read=read: read(cursor=cursor)):  # type: ignore[misc]
            yield Listed(entry.canvas_id, project)


def canvases_asked(*, canvas: str | None, project: str | None) -> Iterator[Listed]:
    """One, those of a project, or all. Raises NoSuchCanvas, Unavailable (ours or projects')."""
    if canvas:
        listed = canvas_named(canvas)
        if listed is None:
            raise NoSuchCanvas(canvas)
        yield listed
    else:
        yield from canvases_in(project) if project else every_canvas()


def canvas_named(canvas_id: str) -> Listed | None:
    """Also one in the trash; None when there is no head record."""
    try:
        head = deleted_head_item(canvas_id) or head_item(canvas_id)
    except NoSuchCanvas:
        return None
    return Listed(canvas_id, head.project_id)


def _projects() -> set[str]:
    with reaching_dynamodb():
        found = Membership.gsi1.scan(Membership.gsi1pk.startswith("USER#"), attributes_to_get=["PK", "SK", "kind"])
        return {membership.project_id for membership in found}
