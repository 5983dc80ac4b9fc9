"""What the page of one customer shows, apart from his own fields."""

from datetime import datetime
from typing import Any

from django.db.models import Count

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.customers.models import Customer
from keyturn.people.signin import invitations
from keyturn.portals.admin.customer_access import offered
from keyturn.portals.admin.device_rows import device_rows, silence
from keyturn.portals.admin.panels import panel
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.timeline import COUNTED, timeline

_PANELS = ("licenses_page", "activations_page")


def contents(request: AdminRequest, customer: Customer) -> dict[str, Any]:
    """The context of the page: inventory and devices of this environment, and what needs a look."""
    since = silence()
    owned = License.objects.of(customer).in_scope(request.actor).select_related("product")
    devices = Activation.objects.of(customer).in_scope(request.actor).select_related("license__product")
    history = panel(request, "activations_page", devices.active_first())
    return {
        "inventory": panel(request, "licenses_page", owned.order_by("-created_at", "-pk")),
        "history": history,
        "devices": device_rows(history.page.rows, since),
        "blocking": devices.silent_since(since).on_full_licenses().order_by("last_verified_at", "pk").first(),
        "elsewhere": elsewhere(request.actor, customer),
        "access_actions": offered(customer),
        **_pause(customer),
        "timeline": timeline(request.actor, customer, request.GET.get("activity", "")),
        "counted": COUNTED,
        "kept_pages": [(name, request.GET[name]) for name in _PANELS if name in request.GET],
        "may": {
            "manage": may(request.actor, Permission.MANAGE_CUSTOMERS) and not customer.erased_at,
            "assign": _may_both(request.actor, Permission.ASSIGN_LICENSES) and not customer.erased_at,
            "edit": _may_both(request.actor, Permission.MANAGE_LICENSES),
            "transfer": _may_both(request.actor, Permission.MANAGE_LICENSES),
            "revoke": _may_both(request.actor, Permission.STOP_LICENSES),
            "deactivate": _may_both(request.actor, Permission.DEACTIVATE),
        },
    }


def _pause(customer: Customer) -> dict[str, datetime | bool | None]:
    password, code = invitations.pauses(customer)
    longest = max(password, code)
    return {"paused_until": now() + longest if longest else None, "code_paused": bool(code)}


def _may_both(actor: Actor, permission: Permission) -> bool:
    # On this page those who only read customers change nothing (CUS-50), whatever they may elsewhere.
    return may(actor, Permission.MANAGE_CUSTOMERS) and may(actor, permission)


def elsewhere(actor: Actor, customer: Customer) -> list[tuple[str, int]]:
    """The other environments in which a customer has licenses, with their numbers."""
    rows = License.objects.of(customer).exclude(environment=actor.environment).order_by()
    return [(Environment(name).label, count) for name, count in rows.values_list("environment").annotate(Count("pk"))]
