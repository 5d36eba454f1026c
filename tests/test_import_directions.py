"""Who may import whom, as data. Tests are free; everything else that breaks a line here fails the build."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "config": {"projects", "canvasapp", "realtime", "history"},
    "realtime": {"projects", "canvasapp"},
    "history": {"projects", "canvasapp"},
    "canvasapp": {"projects"},
    "projects": set[str](),
}
# The rules of the product, and most of its tests: they run without any framework or store.
PURE = (
    "canvasapp/elements.py",
    "canvasapp/ops.py",
    "canvasapp/commits.py",
    "canvasapp/excalidraw.py",
    "canvasapp/svg.py",
    "canvasapp/svg_shapes.py",
    "canvasapp/svg_text.py",
    "realtime/protocol.py",
    "realtime/session.py",
    "history/projection.py",
    "history/verification.py",
    "history/digests.py",
    "history/bundle.py",
    "history/verify.py",
)
FRAMEWORKS = {"django", "rest_framework", "pynamodb", "botocore", "mongoengine", "pymongo", "channels", "redis"}


class Import(NamedTuple):
    file: str
    line: int
    target: str


def imports_of(file: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module)):
                names = [module]
            case _:
                continue
        yield from (Import(str(file.relative_to(ROOT)), node.lineno, name.partition(".")[0]) for name in names)


def sources(app: str) -> list[Path]:
    return [file for file in (ROOT / app).rglob("*.py") if "tests" not in file.relative_to(ROOT).parts]


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_an_app_imports_only_what_stands_below_it(app):
    found = [entry for file in sources(app) for entry in imports_of(file)]
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[app] - {app}
    assert found, f"{app} has no imports: is this the right folder?"
    assert [entry for entry in found if entry.target in forbidden] == []


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_no_framework_and_no_store(module):
    assert [entry for entry in imports_of(ROOT / module) if entry.target in FRAMEWORKS] == []


def test_the_directions_have_no_cycle():
    below: set[str] = set()
    while len(below) < len(MAY_IMPORT):
        free = {app for app, targets in MAY_IMPORT.items() if targets <= below} - below
        assert free, f"a cycle among {set(MAY_IMPORT) - below}"
        below |= free
