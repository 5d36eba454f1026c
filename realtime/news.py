"""Carries news of rights and canvases from the services to the open sockets, in whichever process they are."""

from typing import Any

from django.dispatch import receiver

from canvasapp.services import from_sync
from canvasapp.signals import canvas_deleted
from projects.signals import membership_changed, project_changed
from realtime.hub import hub


@receiver(membership_changed)
def tell_of_access(project_id: str, user_id: str, **_: Any) -> None:
    async def tell() -> None:
        hub().access_changed(project_id, str(user_id))

    from_sync(tell)


@receiver(project_changed)
def tell_of_project(project_id: str, **_: Any) -> None:
    async def tell() -> None:
        hub().project_changed(project_id)

    from_sync(tell)


@receiver(canvas_deleted)
def tell_of_deletion(canvas_id: str, **_: Any) -> None:
    async def tell() -> None:
        hub().canvas_deleted(canvas_id)

    from_sync(tell)
