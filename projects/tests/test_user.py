import pytest
from django.db import IntegrityError, transaction

from projects.models import COLORS, User

pytestmark = pytest.mark.django_db


def test_a_name_has_one_spelling():
    user = User.objects.create_user("Alice", password="x")
    assert user.username == "alice"
    assert User.objects.get_by_natural_key("ALICE") == user


def test_no_way_around_save_makes_a_second_spelling():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username="Mallory")])


def test_a_color_belongs_to_a_user_for_good():
    user = User.objects.create_user("alice", password="x")
    assert user.color in COLORS
    assert User.objects.get(pk=user.pk).color == user.color


def test_colors_are_spread():
    assert {User(username=f"u{n}").color for n in range(400)} == set(COLORS)


def test_the_display_name_falls_back_to_the_username():
    assert User(username="ada").display_name == "ada"
    assert User(username="ada", name="Ada Lovelace").display_name == "Ada Lovelace"
