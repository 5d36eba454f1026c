"""What support staff may see and do about accounts. Projects are not SQL; their owners manage them."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from projects.models import User


@admin.register(User)
class UserPage(UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Read-mostly: an account can be switched off or given rights, not invented or deleted; its id is in every log."""

    list_display = ("username", "name", "email", "is_active", "is_staff", "date_joined", "last_login")
    search_fields = ("username", "name", "email", "id")
    ordering = ("username",)
    readonly_fields = ("id", "username", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("id", "username", "name", "email", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
