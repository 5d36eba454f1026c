"""A setting that nobody can find does not exist: each is in .env.example and explained in docs/operations.md."""

import re

import pytest

from config.engines import ROOT

NAMES = sorted(set(re.findall(r'env_\w+\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text())))


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_listed_and_explained(name):
    assert re.search(rf"^# {name}=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert f"`{name}`" in (ROOT / "docs" / "operations.md").read_text()


def test_the_settings_are_found_at_all():
    assert len(NAMES) > 15
