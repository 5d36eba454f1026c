"""Fixtures of the whole repository: the engines are real and already running, the cast is always the same three."""

import os
from typing import Any

import pytest

ENGINES = ("DYNAMODB_ENDPOINT_URL", "MONGODB_URI", "REDIS_URL")
CAST_PASSWORD = "correct horse battery"

missing = [name for name in ENGINES if not os.environ.get(name)]
if missing:
    pytest.exit(
        f"The tests need running engines ({', '.join(missing)} not set): start them with ./bin/test.", returncode=1
    )


def pytest_configure() -> None:
    from django.conf import settings

    # Hashing a password as slowly as production does would be most of the time of many tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def table() -> None:
    """The DynamoDB table, once; tests keep apart by the ids they make."""
    from django.core.management import call_command

    with open(os.devnull, "w") as silence:
        call_command("create_tables", stdout=silence)


def member_of_the_cast(name: str) -> Any:
    from projects.models import User

    return User.objects.create_user(name, f"{name}@example.org", CAST_PASSWORD, name=name.capitalize())


@pytest.fixture
def alice(db: None) -> Any:
    """Owns what is shared in a test."""
    return member_of_the_cast("alice")


@pytest.fixture
def bob(db: None) -> Any:
    """Invited as an editor."""
    return member_of_the_cast("bob")


@pytest.fixture
def charlie(db: None) -> Any:
    """An outsider: signed in, invited to nothing."""
    return member_of_the_cast("charlie")
