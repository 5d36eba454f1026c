"""SPEC.md and the tests name the same rules."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_each_rule_has_a_test_and_each_test_a_rule():
    rules = set(re.findall(r"^- \*\*([A-Z]{2}\d+)\*\*", (HERE.parent / "SPEC.md").read_text(), re.MULTILINE))
    tests = "".join(file.read_text() for file in HERE.glob("test_*.py"))
    quoted = {f"{area}{number}".upper() for area, number in re.findall(r"def test_([a-z]{2})(\d+)_", tests)}
    assert rules
    assert quoted == rules
