import pytest

from projects.templatetags.looks import initials, sketch


def test_a_sketch_is_always_the_same_for_one_id():
    assert sketch("a") == sketch("a") != sketch("b")


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Lovelace", "AL"), ("ada", "A"), ("grace.hopper", "GH"), ("...", "?"), ("é", "É")]
)
def test_initials(name, letters):
    assert initials(name) == letters
