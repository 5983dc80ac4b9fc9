"""Making and changing admins."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Permission, Role, require
from keyturn.core.errors import Invalid
from keyturn.core.text import clean_email, clean_line
from keyturn.people.admins.models import Admin
from keyturn.platform.audit import services as audit


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


def create(actor: Actor, *, name: str, email: str, role: str, password: str) -> Admin:
    """A new active admin. Raises Invalid naming the fields."""
    require(actor, Permission.MANAGE_ADMINS)
    errors: dict[str, list[str]] = {}
    name = clean_line(name)
    if not 1 <= len(name) <= 150:
        errors["name"] = ["Enter a name of 1 to 150 characters."]
    if role not in Role.values:
        errors["role"] = ["Choose super_admin, admin, operator or viewer."]
    try:
        email = clean_email(email)
    except Invalid as problem:
        errors.update(problem.errors)
    admin = Admin(name=name, email=email, role=role)
    try:
        validate_password(password, admin)
    except ValidationError as problem:
        errors["password"] = list(problem.messages)
    if errors:
        raise Invalid(errors)
    admin.set_password(password)
    try:
        with transaction.atomic():
            admin.save(force_insert=True)
            audit.record(actor, audit.Entry("admin.created", ("admin", admin.uuid), {"role": [None, role]}))
    except IntegrityError as error:
        raise Invalid({"email": ["An admin with this e-mail address exists already."]}) from error
    return admin
