"""The audit of history, for support staff: to read, nothing else."""

from django.contrib import admin
from django.http import HttpRequest

from history.models import AuditRecord


@admin.register(AuditRecord)
class AuditPage(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = ("at", "action", "user_id", "project", "canvas", "origin", "details")
    list_filter = ("action",)
    search_fields = ("user_id", "project", "canvas")
    date_hierarchy = "at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditRecord | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditRecord | None = None) -> bool:
        return False
