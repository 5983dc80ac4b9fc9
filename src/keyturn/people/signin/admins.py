"""The two steps by which admins sign in."""

from keyturn.access.permissions import Role
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, history, passwords, second_factor
from keyturn.people.signin.refusals import SignInRefused
from keyturn.people.signin.sessions import Visitor

__all__ = ["SignInRefused", "authenticate", "give_code", "must_enrol", "must_have_factor"]


def authenticate(email: str, password: str, *, ip: str, user_agent: str = "") -> Admin:
    """The active admin with this e-mail and password: the first step. Raises SignInRefused."""
    admin = passwords.authenticate(accounts.ADMIN, email, password, Visitor(ip, user_agent))
    assert isinstance(admin, Admin)
    return admin


def give_code(admin: Admin, code: str, visitor: Visitor) -> str:
    """The second step, by a code of the app or a recovery code; `code` or `recovery`. Raises SignInRefused."""
    method = second_factor.accept(admin, code, ip=visitor.ip)
    if not method:
        history.refused(accounts.ADMIN, admin, visitor, history.Result.WRONG_CODE)
        raise SignInRefused(second_factor.WRONG)
    return method


def must_have_factor(admin: Admin) -> bool:
    """Whether the second factor may not be turned off (PRF-10)."""
    return admin.require_2fa or admin.role == Role.SUPER_ADMIN


def must_enrol(admin: Admin) -> bool:
    """Whether he has to turn on a second factor before anything else (PRF-14)."""
    return admin.require_2fa and not second_factor.is_on(admin)
