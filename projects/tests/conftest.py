import pytest

from projects.testing import build_project


@pytest.fixture
def lighthouse(table, alice, bob):
    """Alice's project, in which Bob is an editor."""
    return build_project(alice, editor=bob)
