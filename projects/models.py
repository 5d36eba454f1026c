"""Identities in SQL. All else about a project is in DynamoDB (items.py) and refers to users by `str(user.id)`."""

import unicodedata
import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

# Told apart on white and on the dark canvas, and by most colour-blind readers when neighbours are not alone in a room.
COLORS = (
    "#d9480f",
    "#1971c2",
    "#2b8a3e",
    "#9c36b5",
    "#e03131",
    "#0c8599",
    "#e8590c",
    "#5f3dc4",
    "#66800b",
    "#c2255c",
    "#087f5b",
    "#3b5bdb",
)


def username_normal(username: str) -> str:
    """The one spelling under which a name is stored and looked up."""
    return unicodedata.normalize("NFKC", username).strip().lower()


class UserDirectory(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return super().get_by_natural_key(username_normal(username or ""))


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        max_length=64,
        unique=True,
        validators=[ASCIIUsernameValidator()],
        error_messages={"unique": "This username is taken."},
        help_text="Letters, digits and @ . + - _ ; capitals make no difference.",
    )
    name = models.CharField("display name", max_length=80, blank=True, help_text="What others see beside the cursor.")
    language = models.CharField(
        _("language"), max_length=16, blank=True, default="", help_text=_("Empty: as the browser asks.")
    )
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    objects: ClassVar[UserDirectory] = UserDirectory()

    class Meta(AbstractUser.Meta):
        constraints = [
            # Whatever writes past save() (bulk_create, SQL) must not create a second spelling of a name.
            models.CheckConstraint(condition=models.Q(username=Lower("username")), name="username_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.username

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return username_normal(username)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.username = username_normal(self.username)
        super().save(*args, **kwargs)

    @property
    def display_name(self) -> str:
        return self.name or self.username

    @property
    def color(self) -> str:
        """The same in every room, on every device and in the history; so it is derived, not stored."""
        return COLORS[self.id.int % len(COLORS)]

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name
