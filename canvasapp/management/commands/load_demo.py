"""Makes something to look at on a fresh installation: two accounts, a project, and canvases from canvasapp/demo/.

A drawing is imported; a story is drawn step by step by both, so that there is a past to look at.

Once: the accounts are switched on last, so that a run that broke off begins anew and a finished one is left alone,
whatever people did to the demo since.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from canvasapp import excalidraw
from canvasapp.imports import drawing_import
from canvasapp.services import canvas_create, intent_submit
from projects.access import Role
from projects.models import User
from projects.selectors import everything, projects_of
from projects.services import member_add, project_create, project_purge

FOLDER = Path(__file__).resolve().parents[2] / "demo"
PASSWORD = "demo-canvas"  # noqa: S105 - printed for everyone to read; never made where an installation is public
PEOPLE = (("ada", "Ada Lovelace"), ("grace", "Grace Hopper"))


class Command(BaseCommand):
    help = "Loads demo accounts and canvases, once. Does nothing on an installation with PUBLIC_ORIGINS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where the drawings and stories are")

    def handle(self, *_: Any, folder: Path, **__: Any) -> None:
        if settings.PUBLIC_ORIGINS:
            return
        ada, grace = (self.person(username, name) for username, name in PEOPLE)
        if not ada.is_active:
            self.load(ada, grace, folder)
            User.objects.filter(pk__in=[ada.pk, grace.pk]).update(is_active=True)
        if ada.check_password(PASSWORD):
            self.stdout.write(f"Demo accounts: ada and grace, password {PASSWORD}")

    def person(self, username: str, name: str) -> User:
        user = User.objects.filter(username=username).first()
        if user is None:
            user = User.objects.create_user(username, password=PASSWORD, name=name, is_active=False)
        return user

    def load(self, ada: User, grace: User, folder: Path) -> None:
        read = partial(projects_of, user_id=str(ada.pk))
        for unfinished in everything(lambda cursor: read(cursor=cursor)):
            project_purge(project_id=unfinished.project.id)
        project = project_create(name="Demo", created_by=ada)
        member_add(project_id=project.id, user=grace, role=Role.EDITOR, added_by=ada)
        for file in sorted(folder.glob("*.excalidraw")):
            self.load_canvas(project.id, ada, file)
        for file in sorted(folder.glob("*.story.json")):
            self.load_story(project.id, {"ada": ada, "grace": grace}, file)

    def load_canvas(self, project_id: str, author: User, file: Path) -> None:
        drawing = excalidraw.drawing_read(file.read_bytes())
        name = file.stem.replace("-", " ").capitalize()
        done = drawing_import(project_id=project_id, name=name, drawing=drawing, author=author)
        self.stdout.write(f"Imported “{name}”: {done.count} elements")
        for skipped in done.skipped:
            self.stdout.write(f"  left out {skipped.id}: {skipped.reason}")

    def load_story(self, project_id: str, people: dict[str, User], file: Path) -> None:
        name = file.name.removesuffix(".story.json").replace("-", " ").capitalize()
        canvas_id = canvas_create(project_id=project_id, name=name, created_by=people["ada"])
        steps = json.loads(file.read_bytes())
        for place, step in enumerate(steps):
            author = people[step["by"]]
            intent_submit(canvas_id=canvas_id, author=author, ops=step["ops"], gesture=f"step-{place}")
        self.stdout.write(f"Drew “{name}”: {len(steps)} steps")
