"""Signing in admins with e-mail and password."""

from keyturn.core.clock import now
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, passwords
from keyturn.people.signin.refusals import SignInRefused
from keyturn.people.signin.sessions import Visitor

__all__ = ["SignInRefused", "authenticate"]


def authenticate(email: str, password: str, *, ip: str) -> Admin:
    """The active admin with this e-mail and password. Raises SignInRefused."""
    admin = passwords.authenticate(accounts.ADMIN, email, password, Visitor(ip))
    assert isinstance(admin, Admin)
    Admin.objects.filter(pk=admin.pk).update(last_login=now())
    accounts.note(accounts.themselves(admin, ip=ip), admin, "signed_in")
    return admin
