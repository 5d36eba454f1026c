"""Makes something to look at on a fresh installation: two accounts, a project, and canvases from canvasapp/demo/.

Once: the accounts are switched on last, so that a run that broke off begins anew and a finished one is left alone,
whatever people did to the demo since.
"""

from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from canvasapp import excalidraw
from canvasapp.imports import drawing_import
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
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where the .excalidraw files are")

    def handle(self, *_: Any, folder: Path, **__: Any) -> None:
        if settings.PUBLIC_ORIGINS:
            return
        ada, grace = (self.person(username, name) for username, name in PEOPLE)
        if not ada.is_active:
            self.load(ada, grace, sorted(folder.glob("*.excalidraw")))
            User.objects.filter(pk__in=[ada.pk, grace.pk]).update(is_active=True)
        if ada.check_password(PASSWORD):
            self.stdout.write(f"Demo accounts: ada and grace, password {PASSWORD}")

    def person(self, username: str, name: str) -> User:
        user = User.objects.filter(username=username).first()
        if user is None:
            user = User.objects.create_user(username, password=PASSWORD, name=name, is_active=False)
        return user

    def load(self, ada: User, grace: User, files: list[Path]) -> None:
        read = partial(projects_of, user_id=str(ada.pk))
        for unfinished in everything(lambda cursor: read(cursor=cursor)):
            project_purge(project_id=unfinished.project.id)
        project = project_create(name="Demo", created_by=ada)
        member_add(project_id=project.id, user=grace, role=Role.EDITOR, added_by=ada)
        for file in files:
            self.load_canvas(project.id, ada, file)

    def load_canvas(self, project_id: str, author: User, file: Path) -> None:
        drawing = excalidraw.drawing_read(file.read_bytes())
        name = file.stem.replace("-", " ").capitalize()
        done = drawing_import(project_id=project_id, name=name, drawing=drawing, author=author)
        self.stdout.write(f"Imported “{name}”: {done.count} elements")
        for skipped in done.skipped:
            self.stdout.write(f"  left out {skipped.id}: {skipped.reason}")
