import io
import json

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from canvasapp.excalidraw import NotExcalidraw
from canvasapp.management.commands.load_demo import FOLDER
from canvasapp.selectors import access_canvas, canvas_load, commits_page
from projects.access import Role
from projects.models import User
from projects.selectors import canvases_of, projects_of

BOX = {"type": "rectangle", "x": 1, "y": 2, "width": 3, "height": 4}


@pytest.fixture
def folder(tmp_path, table, db):
    elements = [BOX | {"id": f"e{n}"} for n in range(1_200)] + [BOX | {"id": "odd", "type": "spaceship"}]
    (tmp_path / "floor-plan.excalidraw").write_text(json.dumps({"elements": elements}))
    return tmp_path


def load(folder):
    out = io.StringIO()
    call_command("load_demo", folder=folder, stdout=out)
    return out.getvalue()


def demo_projects():
    ada = User.objects.get(username="ada")
    return [row.project for row in projects_of(user_id=str(ada.id)).results]


def test_two_people_share_a_project_with_what_the_files_hold(folder):
    said = load(folder)
    assert "ada and grace, password demo-canvas" in said
    assert "left out odd" in said
    ada, grace = (authenticate(username=name, password="demo-canvas") for name in ("ada", "grace"))
    assert isinstance(ada, User)
    assert isinstance(grace, User)
    (project,) = demo_projects()
    (entry,) = canvases_of(project_id=project.id).results
    assert entry.name == "Floor plan"
    access = access_canvas(grace, entry.canvas_id, Role.EDITOR)
    assert len(canvas_load(access).elements) == 1_200


def test_a_second_run_leaves_everything_alone(folder):
    load(folder)
    first = [project.id for project in demo_projects()]
    assert "Demo accounts" in load(folder)
    assert [project.id for project in demo_projects()] == first


def test_a_run_that_broke_off_begins_anew(folder):
    broken = folder / "zzz.excalidraw"
    broken.write_text("{")
    with pytest.raises(NotExcalidraw):
        load(folder)
    assert authenticate(username="ada", password="demo-canvas") is None
    broken.unlink()
    load(folder)
    assert len(demo_projects()) == 1
    assert authenticate(username="ada", password="demo-canvas")


def test_a_public_installation_gets_no_known_password(folder, settings):
    settings.PUBLIC_ORIGINS = ["https://canvas.example.org"]
    assert load(folder) == ""
    assert not User.objects.filter(username="ada").exists()


def test_a_changed_password_is_not_announced(folder):
    load(folder)
    ada = User.objects.get(username="ada")
    ada.set_password("another battery staple")
    ada.save()
    assert load(folder) == ""


def test_a_story_is_drawn_by_both_step_by_step(folder):
    box = {"op": "create", "id": "box", "type": "rectangle", "position": {"x": 0, "y": 0}}
    steps = [
        {"by": "ada", "ops": [box | {"dimensions": {"width": 9, "height": 9}}]},
        {"by": "grace", "ops": [{"op": "update", "id": "box", "set": {"position.x": 5}}]},
    ]
    (folder / "who-did-what.story.json").write_text(json.dumps(steps))
    load(folder)
    (project,) = demo_projects()
    entry = next(one for one in canvases_of(project_id=project.id).results if one.name == "Who did what")
    commits, _ = commits_page(entry.canvas_id, 0, 10)
    authors = [User.objects.get(pk=of["user"]).username for commit in commits for of in commit["entries"]]
    assert authors == ["ada", "grace"]


def test_the_demo_that_comes_with_the_product_can_be_loaded(table, db):
    said = load(FOLDER)
    assert "Drew “Checkout flow”" in said
    assert "left out" not in said
