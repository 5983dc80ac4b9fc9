"""Making the first Super Admin by a one-time link, before anybody can sign in."""

from django.db import transaction
from django.db.models import QuerySet

from keyturn.access.actors import system
from keyturn.access.permissions import Role
from keyturn.core import crypto
from keyturn.core.errors import Refused
from keyturn.people.admins import services
from keyturn.people.admins.models import Admin
from keyturn.platform.preferences.models import Preference

_NAME = "setup.token"


def needed() -> bool:
    """Whether nobody can sign in yet."""
    return not Admin.objects.exists()


def issue_token() -> str:
    """A fresh token, valid until it is used or the first admin exists; older ones stop working.

    Only its hash is kept. Raises Refused when there is an admin.
    """
    if not needed():
        raise Refused("This installation has an admin already. Sign in instead.")
    token = crypto.new_token()
    Preference.objects.update_or_create(name=_NAME, defaults={"value": crypto.token_hash(token)})
    return token


def check(token: str) -> bool:
    """Whether `token` would be accepted now."""
    return _held(token).exists() and needed()


@transaction.atomic
def complete(token: str, *, name: str, email: str, password: str) -> Admin:
    """Make the first Super Admin. Raises Invalid naming fields, and Refused for a token that is used or unknown."""
    # The DELETE picks the winner: of two forms sent at once, one finds the row.
    if not _held(token).delete()[0] or not needed():
        raise Refused("This set-up link is no longer valid. Sign in, or start Keyturn again for a new link.")
    return services.create(
        system("set-up"), name=name, email=email, role=Role.SUPER_ADMIN, password=password, require_2fa=True
    )


def _held(token: str) -> QuerySet[Preference]:
    return Preference.objects.filter(name=_NAME, value=crypto.token_hash(token))
