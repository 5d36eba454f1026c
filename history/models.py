"""Who took history out of the product, or looked whether it is sound. SQL: it is about people, not canvases."""

from typing import Any, ClassVar, NoReturn

from django.db import models


class AppendOnly(RuntimeError):
    """Somebody tried to change or remove what was noted."""


class AuditRecords(models.QuerySet["AuditRecord"]):
    def update(self, **_: Any) -> NoReturn:
        raise AppendOnly("what was noted is not changed")

    def delete(self) -> NoReturn:
        raise AppendOnly("what was noted is not removed")

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnly("what was noted is not changed")


class AuditRecord(models.Model):
    """Written by audit.note alone. Ids are kept as they were, not as keys of other tables: those may go, this stays."""

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=64)
    user_id = models.CharField(max_length=80)
    project = models.CharField(max_length=64, blank=True)
    canvas = models.CharField(max_length=64, blank=True)
    origin = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    objects: ClassVar[models.Manager["AuditRecord"]] = AuditRecords.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        indexes = [
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["user_id", "-at"], name="audit_user"),
            models.Index(fields=["project", "-at"], name="audit_project"),
            models.Index(fields=["canvas", "-at"], name="audit_canvas"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.user_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("what was noted is not changed")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnly("what was noted is not removed")
