"""What a list on a page is asked for (searched, sorted, in parts), and the cards that it shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy

from projects.access import Role
from projects.items import CanvasEntry
from projects.models import User
from projects.selectors import ProjectOf, State, everything, memberships_of, people, projects_of

PAGE_CARDS = 24
FACES = 4
MAX_SEARCH_LENGTH = 120

SORTS = {
    "changed": gettext_lazy("Last change"),
    "name": gettext_lazy("Name"),
    "created": gettext_lazy("Newest"),
}
SHOWN = {
    "all": gettext_lazy("All"),
    "mine": gettext_lazy("Mine"),
    "shared": gettext_lazy("Shared with me"),
    "archived": gettext_lazy("Archived"),
    "deleted": gettext_lazy("Recently deleted"),
}

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is odd in an address is taken as not said: an address is not a form."""

    search: str = ""
    sort: str = "changed"
    show: str = "all"
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Asked":
        sort, show, page = query.get("sort", ""), query.get("show", ""), query.get("page", "")
        return cls(
            search=" ".join(query.get("q", "")[:MAX_SEARCH_LENGTH].split()),
            sort=sort if sort in SORTS else "changed",
            show=show if show in SHOWN else "all",
            page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1,
        )

    def query(self, page: int = 1) -> str:
        said = {"q": self.search, "sort": self.sort, "show": self.show, "page": str(page)}
        usual = {"q": "", "sort": "changed", "show": "all", "page": "1"}
        return "?" + urlencode({name: value for name, value in said.items() if value != usual[name]})


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """Rows of one page of a list, and how many there are in all."""

    rows: list[Row]
    total: int
    next: int | None
    previous: int | None


@dataclass(frozen=True, slots=True)
class Traits:
    """By what rows of any kind are searched and sorted."""

    name: str
    changed_at: datetime
    created_at: datetime


def part(rows: Iterable[Row], asked: Asked, traits: Callable[[Row], Traits]) -> Part[Row]:
    wanted = asked.search.casefold()
    found = [(traits(row), row) for row in rows]
    found = [(of, row) for of, row in found if wanted in of.name.casefold()]
    found.sort(key=lambda pair: pair[0].name.casefold())
    if asked.sort == "changed":
        found.sort(key=lambda pair: pair[0].changed_at, reverse=True)
    elif asked.sort == "created":
        found.sort(key=lambda pair: pair[0].created_at, reverse=True)
    last = max(1, -(-len(found) // PAGE_CARDS))
    page = min(asked.page, last)
    start = (page - 1) * PAGE_CARDS
    return Part(
        rows=[row for _, row in found[start : start + PAGE_CARDS]],
        total=len(found),
        next=page + 1 if page < last else None,
        previous=page - 1 if page > 1 else None,
    )


@dataclass(frozen=True, slots=True)
class ProjectCard:
    of: ProjectOf
    changed_by: User | None
    faces: list[User] = field(default_factory=list)
    more_faces: bool = False


@dataclass(frozen=True, slots=True)
class CanvasCard:
    canvas: CanvasEntry
    changed_by: User | None


def project_part(user: User, asked: Asked) -> Part[ProjectCard]:
    state = {"archived": State.ARCHIVED, "deleted": State.DELETED}.get(asked.show, State.ACTIVE)
    read = partial(projects_of, user_id=str(user.id), state=state)
    rows = [row for row in everything(lambda cursor: read(cursor=cursor)) if _shown(row, asked.show)]
    found = part(rows, asked, _traits_of_project)
    return Part(_project_cards(found.rows), found.total, found.next, found.previous)


def _shown(row: ProjectOf, show: str) -> bool:
    if show in {"mine", "deleted"}:  # deleted: of others' there is nothing that one could do
        return row.role is Role.OWNER
    return show != "shared" or row.role is not Role.OWNER


def _traits_of_project(row: ProjectOf) -> Traits:
    project = row.project
    return Traits(project.name, project.deleted_at or project.changed_at, project.created_at)


def _project_cards(rows: Sequence[ProjectOf]) -> list[ProjectCard]:
    """One Query a card for its first members, several at a time, and one of SQL for all faces."""
    read = partial(memberships_of, limit=FACES)
    with ThreadPoolExecutor(max_workers=8) as pool:
        members = list(pool.map(lambda row: read(project_id=row.project.id), rows))
    wanted = {row.project.changed_by for row in rows}
    wanted |= {membership.user_id for page in members for membership in page.results}
    users = people(wanted)
    return [
        ProjectCard(
            row,
            users.get(row.project.changed_by),
            [users[one.user_id] for one in page.results if one.user_id in users],
            page.next is not None,
        )
        for row, page in zip(rows, members, strict=True)
    ]


def canvas_part(canvases: Iterable[CanvasEntry], asked: Asked) -> Part[CanvasCard]:
    found = part(canvases, asked, _traits_of_canvas)
    users = people({canvas.changed_by for canvas in found.rows})
    cards = [CanvasCard(canvas, users.get(canvas.changed_by)) for canvas in found.rows]
    return Part(cards, found.total, found.next, found.previous)


def _traits_of_canvas(canvas: CanvasEntry) -> Traits:
    return Traits(canvas.name, canvas.deleted_at or canvas.updated_at, canvas.created_at)
