"""Every write about accounts, projects and members; atomic where several items must agree.

Services keep the data sound; who may ask for a change is decided before, with access.py.
"""

import datetime as dt

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from projects.access import Role
from projects.exceptions import AlreadyExists, Conflict, Invalid, LastOwner, NotFound
from projects.ids import id_new
from projects.items import (
    CANVAS_PREFIX,
    MEMBER_PREFIX,
    METADATA,
    CanvasEntry,
    Membership,
    Project,
    project_key,
)
from projects.models import User
from projects.signals import canvases_purging, membership_changed, project_changed, project_deleted
from projects.store import collided, reaching_dynamodb, transaction_write
from projects.table import TableItem
from projects.tokens import refresh_tokens_revoke

PROJECT_TOUCH_PAUSE = dt.timedelta(minutes=1)  # between two notes of a project's last change, however busy it is


def user_sign_up(*, username: str, password: str, email: str = "", name: str = "") -> User:
    """Raises Django's ValidationError, by field."""
    user = User(username=User.normalize_username(username), email=email, name=name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    user.set_password(password)
    user.full_clean()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:  # someone took the name after full_clean looked
        raise ValidationError({"username": gettext("This username is taken.")}) from error
    return user


def user_set_language(*, user: User, language: str) -> None:
    """Empty: as the browser asks. Raises Invalid for a language that we do not speak."""
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid(gettext("There is no such language here."))
    user.language = language
    user.save(update_fields=["language"])


def user_update(*, user: User, **changed: str) -> None:
    """`name`, `email`, `theme`, `chosen_color`. Raises Django's ValidationError, by field."""
    for field, value in changed.items():
        setattr(user, field, value)
    try:
        user.full_clean(exclude=[field.name for field in User._meta.fields if field.name not in changed])
    except ValidationError:
        user.refresh_from_db()
        raise
    user.save(update_fields=list(changed))


def user_sign_out_everywhere(*, user: User) -> None:
    """Every browser's session and every program's refresh token; access tokens end by themselves within minutes."""
    User.objects.filter(pk=user.pk).update(sessions_epoch=F("sessions_epoch") + 1)
    user.refresh_from_db(fields=["sessions_epoch"])
    refresh_tokens_revoke(user)


def project_create(*, name: str, created_by: User) -> Project:
    owner_id, now = str(created_by.id), _now()
    project = Project.build(id_new(), name=name, created_at=now, created_by=owner_id, owners=1)
    membership = Membership.build(project.id, owner_id, role=Role.OWNER.value, created_at=now, created_by=owner_id)
    with reaching_dynamodb(), transaction_write() as write:
        write.save(project, condition=Project.pk.does_not_exist())
        write.save(membership)
    membership_changed.send(sender=Membership, project_id=project.id, user_id=owner_id)
    return project


def project_rename(*, project_id: str, name: str, renamed_by: User) -> None:
    changed: list[Action] = [
        Project.name.set(name),
        Project.updated_at.set(_now()),
        Project.updated_by.set(str(renamed_by.id)),
    ]
    _project_update(project_id, changed, Project.deleted_at.does_not_exist())


def project_limit_history(*, project_id: str, days: int | None) -> None:
    """For how long its history is told and kept; None: for ever. What is older is not told from now on, and removed by
    history's enforce_retention; of what was removed, the log has the commits."""
    changed: Action = Project.history_days.remove() if days is None else Project.history_days.set(days)
    _project_update(project_id, [changed], Project.deleted_at.does_not_exist())


def project_archive(*, project_id: str, archived_by: User) -> None:
    """Hidden from lists and read only for everybody, open editors included. Repeatable."""
    changed: list[Action] = [Project.archived_at.set(_now()), Project.archived_by.set(str(archived_by.id))]
    if _project_update(project_id, changed, Project.archived_at.does_not_exist()):
        project_changed.send(sender=Project, project_id=project_id)


def project_unarchive(*, project_id: str) -> None:
    changed: list[Action] = [Project.archived_at.remove(), Project.archived_by.remove()]
    if _project_update(project_id, changed, Project.archived_at.exists()):
        project_changed.send(sender=Project, project_id=project_id)


def project_delete(*, project_id: str, deleted_by: User) -> None:
    """Into the trash: from now on nobody finds it, whoever has a canvas of it open is sent away. Nothing is lost:
    `project_restore` brings back the whole, until `project_purge`. Repeatable."""
    changed = Project.build(project_id).into_trash(_now(), str(deleted_by.id))
    if _project_update(project_id, changed, Project.deleted_at.does_not_exist()):
        canvas_ids = [entry.canvas_id for entry in _entries(project_id) if entry.deleted_at is None]
        project_deleted.send(sender=Project, project_id=project_id, canvas_ids=canvas_ids)


def project_restore(*, project_id: str) -> None:
    """Back from the trash, with the canvases that it had. Repeatable."""
    changed = Project.build(project_id).out_of_trash()
    if _project_update(project_id, changed, Project.deleted_at.exists()):
        project_changed.send(sender=Project, project_id=project_id)


def project_purge(*, project_id: str) -> None:
    """For good. Canvases first, owners last: when it stops half-way, it can be asked for again."""
    with reaching_dynamodb():
        items = list(TableItem.query(project_key(project_id), consistent_read=True))
    canvas_ids = [item.canvas_id for item in items if isinstance(item, CanvasEntry)]
    canvases_purging.send(sender=Project, canvas_ids=canvas_ids)
    memberships = [item for item in items if isinstance(item, Membership)]
    memberships.sort(key=lambda membership: membership.role == Role.OWNER.value)
    project = [item for item in items if isinstance(item, Project)]
    others = [item for item in items if not isinstance(item, Membership | Project)]
    with reaching_dynamodb():
        for item in [*others, *memberships, *project]:  # the project last: purge_deleted finds it by its key
            item.delete()
    for membership in memberships:
        membership_changed.send(sender=Membership, project_id=project_id, user_id=membership.user_id)


def canvas_entry_purge(*, project_id: str, canvas_id: str) -> None:
    """For good."""
    canvases_purging.send(sender=CanvasEntry, canvas_ids=[canvas_id])
    with reaching_dynamodb():
        CanvasEntry.build(project_id, canvas_id).delete()


def canvas_touched(*, project_id: str, canvas_id: str, at: dt.datetime, by: str) -> None:
    """Notes when a canvas was last changed, and by whom; its project's note follows at most once a minute.

    Conditional on being newer, so that it may be told late, twice, and by several processes.
    """
    changed: list[Action] = [CanvasEntry.updated_at.set(at), CanvasEntry.updated_by.set(by)]
    _update_if(CanvasEntry.build(project_id, canvas_id), changed, CanvasEntry.updated_at < at)
    project_touched(project_id=project_id, canvas_id=canvas_id, at=at, by=by, pause=PROJECT_TOUCH_PAUSE)


def project_touched(
    *, project_id: str, canvas_id: str, at: dt.datetime, by: str, pause: dt.timedelta = dt.timedelta()
) -> None:
    """As `canvas_touched`, of the project alone, if its last note is older than `pause`."""
    changed: list[Action] = [
        Project.updated_at.set(at),
        Project.updated_by.set(by),
        Project.latest_canvas.set(canvas_id),
    ]
    older = Project.updated_at.does_not_exist() | (Project.updated_at < at - pause)
    _update_if(Project.build(project_id), changed, Project.pk.exists() & older)


def _project_update(project_id: str, actions: list[Action], condition: Condition) -> bool:
    """Whether it was done; not done, the condition did not hold. NotFound when there is no such project."""
    if _update_if(Project.build(project_id), actions, Project.pk.exists() & condition):
        return True
    try:
        with reaching_dynamodb():
            Project.get(project_key(project_id), METADATA, consistent_read=True)
    except Project.DoesNotExist as error:
        raise NotFound from error
    return False


def _update_if(item: TableItem, actions: list[Action], condition: Condition) -> bool:
    try:
        with reaching_dynamodb():
            item.update(actions, condition=condition)
    except UpdateError:
        return False
    return True


def _entries(project_id: str) -> list[CanvasEntry]:
    with reaching_dynamodb():
        condition = CanvasEntry.sk.startswith(CANVAS_PREFIX)
        return list(CanvasEntry.query(project_key(project_id), condition, consistent_read=True))


def member_add(*, project_id: str, user: User, role: Role, added_by: User) -> Membership:
    user_id = str(user.id)
    membership = Membership.build(project_id, user_id, role=role.value, created_at=_now(), created_by=str(added_by.id))
    try:
        with reaching_dynamodb(), transaction_write() as write:
            write.update(
                Project.build(project_id),
                actions=[Project.owners.add(int(role is Role.OWNER))],
                condition=Project.pk.exists(),
            )
            write.save(membership, condition=Membership.pk.does_not_exist())
    except TransactWriteError as error:
        if _membership_role(project_id, user_id) is not None:
            raise AlreadyExists(gettext("{name} is a member already.").format(name=user.username)) from error
        if collided(error):
            raise Conflict(gettext("Someone else changed the members just now; look again.")) from error
        raise NotFound from error
    membership_changed.send(sender=Membership, project_id=project_id, user_id=user_id)
    return membership


def member_change(*, project_id: str, user_id: str, role: Role) -> None:
    before = _role_of_member(project_id, user_id)
    if before is role:
        return
    membership = Membership.build(project_id, user_id)
    try:
        with reaching_dynamodb(), transaction_write() as write:
            _owners_move(write, project_id, int(role is Role.OWNER) - int(before is Role.OWNER))
            write.update(
                membership, actions=[Membership.role.set(role.value)], condition=Membership.role == before.value
            )
    except TransactWriteError as error:
        raise _refusal(error, project_id, user_id, before) from error
    membership_changed.send(sender=Membership, project_id=project_id, user_id=user_id)


def member_remove(*, project_id: str, user_id: str) -> None:
    before = _role_of_member(project_id, user_id)
    try:
        with reaching_dynamodb(), transaction_write() as write:
            _owners_move(write, project_id, -int(before is Role.OWNER))
            write.delete(Membership.build(project_id, user_id), condition=Membership.role == before.value)
    except TransactWriteError as error:
        raise _refusal(error, project_id, user_id, before) from error
    membership_changed.send(sender=Membership, project_id=project_id, user_id=user_id)


def _owners_move(write: TransactWrite, project_id: str, by: int) -> None:
    """Counts owners in the same transaction, so that two owners who demote each other at once do not both succeed."""
    project = Project.build(project_id)
    if by < 0:
        write.update(project, actions=[Project.owners.add(by)], condition=Project.owners > 1)
    else:
        write.update(project, actions=[Project.owners.add(by)], condition=Project.pk.exists())


def _refusal(error: TransactWriteError, project_id: str, user_id: str, expected: Role) -> Exception:
    """Why a membership transaction was cancelled: someone changed the row meanwhile, or it was about the last owner."""
    now = _membership_role(project_id, user_id)
    if now is None:
        return NotFound(gettext("There is no such member."))
    if now is not expected or collided(error):
        return Conflict(gettext("Someone else changed the members just now; look again."))
    return LastOwner()


def _role_of_member(project_id: str, user_id: str) -> Role:
    role = _membership_role(project_id, user_id)
    if role is None:
        raise NotFound(gettext("There is no such member."))
    return role


def _membership_role(project_id: str, user_id: str) -> Role | None:
    """As it is written, whatever becomes of the project."""
    try:
        with reaching_dynamodb():
            membership = Membership.get(project_key(project_id), MEMBER_PREFIX + user_id, consistent_read=True)
    except Membership.DoesNotExist:
        return None
    return Role(membership.role)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
