"""Making and changing admins."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Permission, Role, require
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_email, clean_line
from keyturn.people.admins.models import NAME_LENGTH, Admin
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.notifications import inbox
from keyturn.platform.pictures import services as pictures

DELETED = "Deleted Admin"
_PERSONAL = ("bio", "company", "job_title", "phone", "time_zone", "avatar")


def actor_of(admin: Admin, *, environment: str = "", request_id: str = "", ip: str = "") -> Actor:
    """What `admin` may do now, for one request."""
    return Actor(
        "admin",
        id=str(admin.uuid),
        permissions=GRANTED[admin.role],
        environment=environment,
        request_id=request_id,
        ip=ip,
    )


def picture_subject(admin: Admin) -> str:
    """Under which name the picture of an admin is kept."""
    return f"admin:{admin.uuid}"


def create(actor: Actor, *, name: str, email: str, role: str, password: str, require_2fa: bool = False) -> Admin:
    """A new active admin who has his password already. Raises Invalid naming the fields.

    Unlike `add` it leaves a Super Admin without a second factor if told so: demo data do.
    """
    require(actor, Permission.MANAGE_ADMINS)
    errors: dict[str, list[str]] = {}
    admin = _new(errors, name=name, email=email, role=role)
    admin.require_2fa = require_2fa
    try:
        validate_password(password, admin)
    except ValidationError as problem:
        errors["password"] = list(problem.messages)
    admin.set_password(password)
    return _save_new(actor, admin, errors)


def add(actor: Actor, *, name: str, email: str, role: str, is_active: bool = True, require_2fa: bool = True) -> Admin:
    """A new admin who has yet to choose a password. Raises Invalid naming the fields."""
    require(actor, Permission.MANAGE_ADMINS)
    errors: dict[str, list[str]] = {}
    admin = _new(errors, name=name, email=email, role=role)
    admin.is_active, admin.require_2fa = is_active, require_2fa or role == Role.SUPER_ADMIN
    admin.set_unusable_password()
    return _save_new(actor, admin, errors)


@transaction.atomic
def update(actor: Actor, admin: Admin, *, name: str, role: str, is_active: bool, require_2fa: bool) -> Admin:
    """Change what a Super Admin decides; the e-mail address never changes.

    An admin who becomes inactive loses all sessions at once. Raises Invalid naming the fields, and
    Refused when nobody would be left to run everything.
    """
    require(actor, Permission.MANAGE_ADMINS)
    errors: dict[str, list[str]] = {}
    name = _clean_name(name, errors)
    _check_role(role, errors)
    if errors:
        raise Invalid(errors)
    admin = _locked(admin)
    if role != Role.SUPER_ADMIN or not is_active:
        _keep_somebody(actor, admin, "demote" if is_active else "deactivate")
    wanted = {"role": role, "is_active": is_active, "require_2fa": require_2fa or role == Role.SUPER_ADMIN}
    changes: dict[str, Any] = {field: [getattr(admin, field), value] for field, value in wanted.items()}
    changes = {field: pair for field, pair in changes.items() if pair[0] != pair[1]}
    if changes or name != admin.name:
        epoch = F("session_epoch") + (0 if is_active else 1)
        Admin.objects.filter(pk=admin.pk).update(name=name, session_epoch=epoch, **wanted)
        changes |= {"name": True} if name != admin.name else {}
        _note(actor, admin, _event(changes), changes)
    admin.refresh_from_db()
    return admin


def set_active(actor: Actor, admin: Admin, active: bool) -> Admin:
    """Let an admin in again, or keep him out and end his sessions. Raises Refused as `update`."""
    require(actor, Permission.MANAGE_ADMINS)
    return update(actor, admin, name=admin.name, role=admin.role, is_active=active, require_2fa=admin.require_2fa)


@transaction.atomic
def delete(actor: Actor, admin: Admin) -> None:
    """Erase an admin's personal data for ever; the row stays, so that history shows `Deleted Admin`."""
    require(actor, Permission.MANAGE_ADMINS)
    admin = _locked(admin)
    _keep_somebody(actor, admin, "delete")
    admin.name, admin.email = DELETED, f"{admin.uuid}@deleted.invalid"
    admin.is_active, admin.deleted_at = False, now()
    admin.session_epoch += 1
    for field in _PERSONAL:
        setattr(admin, field, "")
    admin.set_unusable_password()
    admin.save()
    pictures.drop(picture_subject(admin))
    inbox.forget(admin)
    enqueue("admins.remove_traces")
    _note(actor, admin, "deleted", {})


@transaction.atomic
def end_sessions(actor: Actor, admin: Admin) -> None:
    """Sign an admin out everywhere."""
    require(actor, Permission.MANAGE_ADMINS)
    Admin.objects.filter(pk=admin.pk).update(session_epoch=F("session_epoch") + 1)
    _note(actor, admin, "sessions_ended", {})


def _new(errors: dict[str, list[str]], *, name: str, email: str, role: str) -> Admin:
    name = _clean_name(name, errors)
    _check_role(role, errors)
    try:
        email = clean_email(email)
    except Invalid as problem:
        errors.update(problem.errors)
    return Admin(name=name, email=email, role=role)


def _save_new(actor: Actor, admin: Admin, errors: dict[str, list[str]]) -> Admin:
    if errors:
        raise Invalid(errors)
    try:
        with transaction.atomic():
            admin.save(force_insert=True)
            _note(actor, admin, "created", {"role": [None, admin.role]})
    except IntegrityError as error:
        text = "An admin with this e-mail address exists already. Reactivate that account if it is inactive."
        raise Invalid({"email": [text]}) from error
    return admin


def _clean_name(name: str, errors: dict[str, list[str]]) -> str:
    name = clean_line(name)
    if not 1 <= len(name) <= NAME_LENGTH:
        errors["name"] = [f"Enter a name of 1 to {NAME_LENGTH} characters."]
    return name


def _check_role(role: str, errors: dict[str, list[str]]) -> None:
    if role not in Role.values:
        errors["role"] = ["Choose super_admin, admin, operator or viewer."]


def _locked(admin: Admin) -> Admin:
    """`admin` as he is now, with every Super Admin kept from changing until the transaction ends.

    Two who take each other's rights at the same moment thus come one after the other. On SQLite the
    transaction itself is the lock.
    """
    concerned = Q(pk=admin.pk) | Q(role=Role.SUPER_ADMIN, is_active=True)
    rows = {row.pk: row for row in Admin.objects.present().filter(concerned).select_for_update().order_by("pk")}
    if admin.pk not in rows:
        raise Refused("This admin was deleted.")
    return rows[admin.pk]


def _keep_somebody(actor: Actor, admin: Admin, verb: str) -> None:
    if actor.id == str(admin.uuid):
        raise Refused(f"You cannot {verb} yourself. Ask another Super Admin.")
    able = set(Admin.objects.can_run_everything().values_list("pk", flat=True))
    if able == {admin.pk}:
        raise Refused(f"You cannot {verb} the last active Super Admin. Make somebody else one first.")


def _event(changes: dict[str, Any]) -> str:
    if "is_active" in changes:
        return "reactivated" if changes["is_active"][1] else "deactivated"
    return "role_changed" if "role" in changes else "updated"


def _note(actor: Actor, admin: Admin, event: str, changes: dict[str, Any]) -> None:
    audit.record(actor, audit.Entry(f"admin.{event}", ("admin", admin.uuid), changes))
