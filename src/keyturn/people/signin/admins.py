"""Signing in admins with e-mail and password."""

from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.errors import KeyturnError
from keyturn.people.admins.models import Admin
from keyturn.people.signin import throttling
from keyturn.platform.audit import services as audit

PORTAL = "admin"


class SignInRefused(KeyturnError):
    """Wrong, unknown, inactive or throttled. `wait` is how long to pause, zero for a plain refusal."""

    def __init__(self, message: str, wait: timedelta = timedelta()) -> None:
        super().__init__(message)
        self.wait = wait


def authenticate(email: str, password: str, *, ip: str) -> Admin:
    """The active admin with this e-mail and password. Raises SignInRefused.

    The answer and its time are the same for unknown, inactive and mistyped: a hash is always computed.
    """
    account = email.strip().lower()[:254]
    pause = throttling.wait(PORTAL, account, ip)
    if pause:
        raise SignInRefused(f"Too many attempts. Try again in {_in_words(pause)}.", pause)
    admin = Admin.objects.filter(email=account).first()
    usable = admin is not None and admin.has_usable_password()
    right = check_password(password, admin.password) if admin and usable else _same_effort(password)
    if admin is None or not right or not admin.is_active:
        throttling.failed(PORTAL, account, ip)
        if admin is not None:
            _record(admin, "admin.signin_failed")
        raise SignInRefused("E-mail or password is wrong. Check both and try again.")
    throttling.succeeded(PORTAL, account)
    Admin.objects.filter(pk=admin.pk).update(last_login=now())
    _record(admin, "admin.signed_in")
    return admin


def _same_effort(password: str) -> bool:
    make_password(password)
    return False


def _record(admin: Admin, action: str) -> None:
    audit.record(Actor("admin", id=str(admin.uuid)), audit.Entry(action, ("admin", admin.uuid)))


def _in_words(pause: timedelta) -> str:
    seconds = int(pause.total_seconds()) + 1
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
