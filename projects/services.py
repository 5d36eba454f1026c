"""Every write about accounts, projects and members; atomic where several items must agree.

Services keep the data sound; who may ask for a change is decided before, with access.py.
"""

import datetime as dt

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from projects.access import Role, role_in
from projects.exceptions import AlreadyExists, Conflict, Invalid, LastOwner, NotFound
from projects.ids import id_new
from projects.items import CanvasEntry, Membership, Project, project_key
from projects.models import User
from projects.signals import membership_changed, project_deleting
from projects.store import collided, reaching_dynamodb, transaction_write
from projects.table import TableItem


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
        raise ValidationError({"username": "This username is taken."}) from error
    return user


def user_set_language(*, user: User, language: str) -> None:
    """Empty: as the browser asks. Raises Invalid for a language that we do not speak."""
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid(gettext("There is no such language here."))
    user.language = language
    user.save(update_fields=["language"])


def project_create(*, name: str, created_by: User) -> Project:
    owner_id, now = str(created_by.id), _now()
    project = Project.build(id_new(), name=name, created_at=now, created_by=owner_id, owners=1)
    membership = Membership.build(project.id, owner_id, role=Role.OWNER.value, created_at=now, created_by=owner_id)
    with reaching_dynamodb(), transaction_write() as write:
        write.save(project, condition=Project.pk.does_not_exist())
        write.save(membership)
    membership_changed.send(sender=Membership, project_id=project.id, user_id=owner_id)
    return project


def project_rename(*, project_id: str, name: str) -> None:
    project = Project.build(project_id)
    try:
        with reaching_dynamodb():
            project.update([Project.name.set(name)], condition=Project.pk.exists())
    except UpdateError as error:
        raise NotFound from error


def project_delete(*, project_id: str) -> None:
    """Canvases first, owners last: when it stops half-way, an owner can ask for it again."""
    with reaching_dynamodb():
        items = list(TableItem.query(project_key(project_id), consistent_read=True))
    canvas_ids = [item.canvas_id for item in items if isinstance(item, CanvasEntry)]
    project_deleting.send(sender=Project, project_id=project_id, canvas_ids=canvas_ids)
    memberships = [item for item in items if isinstance(item, Membership)]
    memberships.sort(key=lambda membership: membership.role == Role.OWNER.value)
    others = [item for item in items if not isinstance(item, Membership)]
    with reaching_dynamodb():
        for item in [*others, *memberships]:
            item.delete()
    for membership in memberships:
        membership_changed.send(sender=Membership, project_id=project_id, user_id=membership.user_id)


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
        if role_in(user_id, project_id) is not None:
            raise AlreadyExists(f"{user.username} is a member already.") from error
        if collided(error):
            raise Conflict("Someone else changed the members just now; look again.") from error
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
    now = role_in(user_id, project_id)
    if now is None:
        return NotFound("There is no such member.")
    if now is not expected or collided(error):
        return Conflict("Someone else changed the members just now; look again.")
    return LastOwner()


def _role_of_member(project_id: str, user_id: str) -> Role:
    role = role_in(user_id, project_id)
    if role is None:
        raise NotFound("There is no such member.")
    return role


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
