"""Identities in SQL. All else about a project is in DynamoDB (items.py) and refers to users by `str(user.id)`."""

import unicodedata
import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
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


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


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
        error_messages={"unique": _("This username is taken.")},
        help_text=_("Letters, digits and @ . + - _ ; capitals make no difference."),
    )
    name = models.CharField(
        _("display name"), max_length=80, blank=True, help_text=_("What others see beside the cursor.")
    )
    language = models.CharField(
        _("language"), max_length=16, blank=True, default="", help_text=_("Empty: as the browser asks.")
    )
    theme = models.CharField(_("appearance"), max_length=8, choices=Theme, default="system")
    chosen_color = models.CharField(_("colour"), max_length=7, blank=True, choices=[(color, color) for color in COLORS])
    # Part of every session's hash: raising it signs out all browsers.
    sessions_epoch = models.PositiveIntegerField(default=0, editable=False)
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
        """The same in every room and on every device: what they chose, else one that their id always leads to."""
        return self.chosen_color or COLORS[self.id.int % len(COLORS)]

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        mine = str(super()._get_session_auth_hash(secret=secret))  # type: ignore[misc]  # Django's stubs leave it out
        if not self.sessions_epoch:
            return mine
        salt = f"projects.User.session.{self.sessions_epoch}"
        return salted_hmac(salt, mine, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name
