"""restore_canvas and revert_changes: the same services and the same rights as over REST."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from canvasapp.ops import Delete
from canvasapp.selectors import elements_all
from canvasapp.services import canvas_delete
from canvasapp.testing import build_intent, move, rectangle
from history.tests.conftest import Canvas
from history.tests.stores import mongodb_away
from projects.access import Role
from projects.services import member_add, project_archive

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(board: Canvas, alice, bob) -> Canvas:
    ada, bo = str(alice.pk), str(bob.pk)
    board.commit(build_intent(rectangle("a"), rectangle("b"), user=ada), at="2026-01-01T10:00:00.000Z")
    board.commit(build_intent(move("a", 5), Delete("b"), user=bo), at="2026-01-01T11:00:00.000Z")
    board.commit(build_intent(move("a", 7, 0), user=ada), at="2026-01-01T12:00:00.000Z")
    return board


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def look(canvas: Canvas) -> dict[str, float]:
    return {e.id: e.position.x for e in elements_all(canvas.id).values() if not e.deleted}


def test_rs4_a_canvas_is_restored_by_command(drawn, alice):
    says = run("restore_canvas", drawn.id, "--seq", "1", "--as", alice.username, "--dry-run")
    assert says == ("The canvas after commit 1. Would be done: 1 brought back, 1 changed back, 0 taken away.\n")
    assert look(drawn) == {"a": 7}
    says = run("restore_canvas", drawn.id, "--time", "2026-01-01T11:30:00Z", "--as", alice.username)
    assert says.startswith("The canvas after commit 2. Done with commit 4: 0 brought back, 1 changed back")
    assert look(drawn) == {"a": 5}
    run("restore_canvas", drawn.id, "--seq", "1", "--element", "b", "--as", alice.username)
    assert look(drawn) == {"a": 5, "b": 0}
    says = run("restore_canvas", drawn.id, "--seq", "1", "--element", "b", "--as", alice.username)
    assert says.endswith("Nothing to do.\n")


def test_rv6_changes_are_taken_back_by_command(drawn, alice, bob):
    chosen = ("--user", bob.username, "--as", alice.username)
    says = run("revert_changes", drawn.id, *chosen, "--dry-run")
    assert says == (
        "Would be done: 1 brought back, 0 changed back, 0 taken away.\n"
        f"Conflict: element a, position.x: the newer work of {alice.username} in commit 3 stands.\n"
    )
    assert look(drawn) == {"a": 7}
    assert run("revert_changes", drawn.id, *chosen).startswith("Done with commit 4: 1 brought back")
    assert look(drawn) == {"a": 7, "b": 0}
    assert "taken back as well" in run("revert_changes", drawn.id, *chosen, "--overwrite")
    assert look(drawn) == {"a": 0, "b": 0}
    bob.is_active = False
    bob.save()
    assert run("revert_changes", drawn.id, *chosen) == "Nothing to do.\n"


@pytest.mark.parametrize("command", [("restore_canvas", "--seq", "1"), ("revert_changes", "--from-seq", "2")])
def test_rs6_rv7_a_command_has_its_persons_rights_and_no_more(drawn, project, alice, bob, charlie, command):
    name, *options = command

    def refused(author: str, canvas: str = drawn.id) -> str:
        with pytest.raises(CommandError) as refusal:
            run(name, canvas, *options, "--as", author)
        return str(refusal.value)

    assert "no such user" in refused("nobody").lower() or "no user" in refused("nobody")
    assert "member" in refused(charlie.username)
    assert "no such canvas" in refused(alice.username, "nothing")
    member_add(project_id=project.id, user=bob, role=Role.VIEWER, added_by=alice)
    assert "role editor" in refused(bob.username)
    project_archive(project_id=project.id, archived_by=alice)
    assert "archived" in refused(alice.username)
    canvas_delete(canvas_id=drawn.id, deleted_by=alice)
    assert "no such canvas" in refused(alice.username)


def test_a_command_refuses_what_makes_no_sense(drawn, alice):
    for arguments in (
        ("restore_canvas", drawn.id, "--as", alice.username),
        ("restore_canvas", drawn.id, "--seq", "1", "--time", "2026-01-01T00:00:00Z", "--as", alice.username),
        ("restore_canvas", drawn.id, "--seq", "9", "--as", alice.username),
        ("restore_canvas", drawn.id, "--time", "soon", "--as", alice.username),
        ("restore_canvas", drawn.id, "--seq", "1"),
        ("revert_changes", drawn.id, "--as", alice.username),
        ("revert_changes", drawn.id, "--user", "nobody", "--as", alice.username),
        ("revert_changes", drawn.id, "--overwrite", "--as", alice.username),
        ("revert_changes", drawn.id, "--since", "2026-13-01", "--as", alice.username),
    ):
        with pytest.raises(CommandError):
            run(*arguments)
    assert look(drawn) == {"a": 7}


def test_mongodb_away_is_told(drawn, alice, settings):
    with mongodb_away(settings), pytest.raises(CommandError, match="cannot be asked"):
        run("restore_canvas", drawn.id, "--seq", "1", "--as", alice.username)
