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


def test_each_rule_has_a_number_of_its_own():
    rules = [
        rule
        for page in ROOT.glob("*/SPEC.md")
        for rule in re.findall(r"^- \*\*([A-Z]{2}\d+)\*\*", page.read_text(), re.M)
    ]
    assert [rule for rule in rules if rules.count(rule) > 1] == []
    headings = [
        name for page in ROOT.glob("*/SPEC.md") for name in re.findall(r"^## ([A-Z]{2}):", page.read_text(), re.M)
    ]
    assert sorted(headings) == sorted(set(headings))
