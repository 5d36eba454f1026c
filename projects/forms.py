"""Forms of the pages. Rules that the API shares are in services; these only shape input."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from projects.access import MAX_HISTORY_DAYS, Role
from projects.attempts import Counter, failed_sign_in_counters
from projects.exceptions import RateLimited
from projects.models import COLORS, Theme, User

ROLE_CHOICES = [
    (Role.OWNER.value, _("Owner")),
    (Role.EDITOR.value, _("Editor")),
    (Role.COMMENTER.value, _("Commenter")),
    (Role.VIEWER.value, _("Viewer")),
]
ROLE_WORDS = [
    (_("Owner"), _("Edits, invites people and says what they may do, archives and deletes the project.")),
    (_("Editor"), _("Draws, and makes, renames and deletes canvases.")),
    (_("Commenter"), _("Looks at everything and may comment.")),
    (_("Viewer"), _("Looks at everything.")),
]


def _check(counters: list[Counter]) -> None:
    """Raises ValidationError after too many failures."""
    try:
        for counter in counters:
            counter.check()
    except RateLimited as error:
        raise ValidationError(error.message, code=error.code) from error


def _count(counters: list[Counter]) -> None:
    for counter in counters:
        counter.count()


class SignUpForm(forms.Form):
    username = forms.CharField(
        label=_("Username"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    email = forms.EmailField(
        required=False,
        label=_("Email"),
        help_text=_("Optional."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        help_text=_("At least 8 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class SignInForm(AuthenticationForm):
    """Django's own, with a limit on failures; the limit is asked before the password is hashed."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("The username or the password is wrong."),
    }

    def clean(self) -> dict[str, Any]:
        counters = failed_sign_in_counters(cast(HttpRequest, self.request), str(self.cleaned_data.get("username", "")))
        _check(counters)
        try:
            return super().clean()
        except ValidationError:
            _count(counters)
            raise


class NameForm(forms.Form):
    """One name: of a project or a canvas."""

    name = forms.CharField(
        max_length=120, label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class LanguageForm(forms.Form):
    """Empty: as the browser asks."""

    language = forms.ChoiceField(choices=[("", _("As the browser asks")), *settings.LANGUAGES], required=False)


class MemberForm(forms.Form):
    user = forms.CharField(
        max_length=254,
        label=_("Username or email"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, initial=Role.EDITOR.value)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class HistoryForm(forms.Form):
    days = forms.IntegerField(
        label=_("Days that the history is kept"),
        required=False,
        min_value=1,
        max_value=MAX_HISTORY_DAYS,
        help_text=_("Empty: for ever. What is older is shown to nobody any more, and removed. Named versions stay."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("What others see beside your cursor. Empty: your username."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Email"),
        required=False,
        help_text=_("Others can invite you by it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    chosen_color = forms.ChoiceField(
        label=_("Colour"), required=False, choices=[("", _("By itself")), *((color, color) for color in COLORS)]
    )


class AppearanceForm(forms.Form):
    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme, widget=forms.RadioSelect)


class PasswordForm(PasswordChangeForm):
    """Django's own; its first field is not to take the focus of a page with other forms.

    A wrong old password counts as a failed sign-in: whoever finds a browser signed in could go on guessing here.
    """

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password1"].help_text = _("At least 8 characters.")
        self.fields["new_password2"].help_text = ""

    def clean_old_password(self) -> str:
        counters = failed_sign_in_counters(self.request, self.user.username)
        _check(counters)
        try:
            return super().clean_old_password()
        except ValidationError:
            _count(counters)
            raise


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=ROLE_CHOICES)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])
