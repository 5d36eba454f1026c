"""Forms of the pages. Rules that the API shares are in services; these only shape input."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from projects.access import Role
from projects.attempts import failed_sign_in_counters
from projects.exceptions import RateLimited

ROLE_CHOICES = [
    (Role.OWNER.value, "Owner"),
    (Role.EDITOR.value, "Editor"),
    (Role.COMMENTER.value, "Commenter"),
    (Role.VIEWER.value, "Viewer"),
]


class SignUpForm(forms.Form):
    username = forms.CharField(
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    email = forms.EmailField(
        required=False,
        label="Email",
        help_text="Optional.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        max_length=256,
        strip=False,
        help_text="At least 8 characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class SignInForm(AuthenticationForm):
    """Django's own, with a limit on failures; the limit is asked before the password is hashed."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "The username or the password is wrong.",
    }

    def clean(self) -> dict[str, Any]:
        counters = failed_sign_in_counters(cast(HttpRequest, self.request), str(self.cleaned_data.get("username", "")))
        try:
            for counter in counters:
                counter.check()
        except RateLimited as error:
            raise ValidationError(error.message, code=error.code) from error
        try:
            return super().clean()
        except ValidationError:
            for counter in counters:
                counter.count()
            raise


class NameForm(forms.Form):
    """One name: of a project or a canvas."""

    name = forms.CharField(
        max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class LanguageForm(forms.Form):
    """Empty: as the browser asks."""

    language = forms.ChoiceField(choices=[("", _("As the browser asks")), *settings.LANGUAGES], required=False)


class MemberForm(forms.Form):
    user = forms.CharField(
        max_length=64,
        label="Username",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": "username"}),
    )
    role = forms.ChoiceField(choices=ROLE_CHOICES, initial=Role.EDITOR.value)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=ROLE_CHOICES)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])
