"""The pages' links lead somewhere, and no decision is missing from its index."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/SPEC.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_the_index_of_decisions_is_complete():
    folder = ROOT / "docs" / "decisions"
    index = set(LINK.findall((folder / "README.md").read_text()))
    assert index == {page.name for page in folder.glob("*.md")} - {"README.md"}
