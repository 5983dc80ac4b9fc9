"""View as Customer: an admin looks at the Client Portal as a customer sees it, and changes nothing (CUS-40)."""

from django.db import transaction
from django.http import HttpRequest

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, customers, sessions
from keyturn.people.signin.models import Session

_NEEDED = Permission.MANAGE_CUSTOMERS


@transaction.atomic
def start(request: HttpRequest, actor: Actor, admin: Admin, customer: Customer) -> None:
    """Open the portal for `admin`, for 30 minutes; the cookie goes out with the answer to `request`."""
    require(actor, _NEEDED)
    if customer.erased_at:
        raise Refused("This customer was deleted. There is nothing to see any more.")
    customers.view_as(request, admin, customer)
    accounts.note(actor, customer, "view_started")


def allowed(viewer: Admin) -> bool:
    """Whether this admin may still look on."""
    return viewer.is_active and _NEEDED in GRANTED[viewer.role]


def end_of(admin: Admin) -> None:
    """End whatever this admin is looking at: he signs out, or may not any more."""
    for session in Session.objects.select_related("customer", "viewer").filter(viewer=admin):
        sessions.close(session)


def end_expired() -> int:
    """End what was looked at for long enough; how many there were."""
    over = Session.objects.select_related("customer", "viewer").filter(viewer__isnull=False, expires_at__lt=now())
    found = list(over)
    for session in found:
        sessions.close(session)
    return len(found)
