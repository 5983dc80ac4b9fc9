"""Asking an admin for the password again before something that is not for whoever sits at an open screen."""

from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.people.signin import accounts, passwords
from keyturn.people.signin.sessions import visitor
from keyturn.platform.preferences import services as preferences
from keyturn.portals.admin.sessions import AdminRequest

_SECONDS = 600
_KEY = "confirmed_at"


def is_fresh(request: AdminRequest) -> bool:
    """Whether this session gave the password lately, or need not."""
    if not preferences.flag("admins.confirm_preview"):
        return True
    return int(now().timestamp()) - int(request.session.get(_KEY, 0)) <= _SECONDS


def confirm(request: AdminRequest, password: str) -> None:
    """Take the password; wrong ones count like failed sign-ins. Raises SignInRefused."""
    passwords.authenticate(accounts.ADMIN, request.admin.email, password, visitor(request))
    request.session[_KEY] = int(now().timestamp())


def require(request: AdminRequest) -> None:
    """Raise Refused unless the password was given lately."""
    if not is_fresh(request):
        raise Refused("Open the preview again: it asks for your password first.")
