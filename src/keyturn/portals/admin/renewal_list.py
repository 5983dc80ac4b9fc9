"""The renewal desk: whom to contact before licenses end, most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.core.clock import now
from keyturn.licensing.licenses.lists import counts_by_customer
from keyturn.licensing.licenses.renewals import DAYS, SEGMENTS, renewals
from keyturn.people.customers import sorting
from keyturn.people.customers.models import Customer
from keyturn.portals.ui.lists import (
    Column,
    Empty,
    Export,
    ExportField,
    ListPage,
    QuerySetSource,
    Select,
    ShownSource,
)

_TONES: Final = ("bad", "warn", "idle")
_LABELS: Final = {one.name: f"{one.label}: {one.licenses}+ in {one.days} days" for one in SEGMENTS}


@dataclass(frozen=True)
class Renewal:
    """A customer, how many of his licenses end soon, when the first does, and how many he has in all."""

    customer: Customer
    expiring: int
    soonest: datetime
    place: int
    total: int

    @property
    def priority(self) -> str:
        """High, Medium or Low."""
        return SEGMENTS[self.place - 1].label

    @property
    def tone(self) -> str:
        """The badge's."""
        return _TONES[self.place - 1]

    @property
    def licenses_url(self) -> str:
        """The Licenses page with exactly what ends soon."""
        today = now().date()
        days = {"expires_from": today.isoformat(), "expires_to": (today + timedelta(days=DAYS)).isoformat()}
        return f"{reverse('admin:licenses')}?{urlencode({'customer': self.customer.uuid, 'in_use': 'yes', **days})}"


def renewal_source(actor: Actor) -> ShownSource[Any, Renewal]:
    """The customers to contact in the environment in which `actor` works."""
    customers = QuerySetSource(
        renewals(actor),
        sorts={
            "name": sorting.expression("customer"),
            "email": "customer__email",
            "expiring": "expiring",
            "soonest": "soonest",
            "priority": ("priority", "soonest"),
        },
        search=_search,
        filters={"priority": _of_priority},
        key="customer_id",
    )
    return ShownSource(customers, _with_totals)


def _with_totals(rows: Sequence[dict[str, Any]]) -> list[Renewal]:
    customers = Customer.objects.in_bulk([row["customer_id"] for row in rows])
    counts = counts_by_customer(list(customers.values()))
    return [
        Renewal(customers[key], row["expiring"], row["soonest"], row["priority"], counts[key])
        for row in rows
        if (key := row["customer_id"]) in customers
    ]


def _search(rows: Any, term: str) -> Any:
    return rows.filter(Q(customer__name__icontains=term) | Q(customer__email__icontains=term))


def _of_priority(rows: Any, name: str) -> Any:
    return rows.filter(priority=[one.name for one in SEGMENTS].index(name) + 1)


def _may_export(request: HttpRequest) -> bool:
    return may(request.actor, Permission.EXPORT_CUSTOMERS)  # type: ignore[attr-defined]


RENEWALS = ListPage(
    name="renewals",
    title="Renewals",
    noun=("customer", "customers"),
    intro=f"Customers with licenses that end within {DAYS} days.",
    columns=(
        Column("Name", "admin/customers/_name_cell.html", sort="name", orders=("Name A–Z", "Name Z–A"), slot="title"),
        Column("Email", "admin/customers/_email_cell.html", sort="email", slot="line", css="quiet"),
        Column(
            "Priority",
            "admin/renewals/_priority_cell.html",
            sort="priority",
            orders=("Most urgent first", "Least urgent first"),
            slot="end",
        ),
        Column(
            "Licenses ending",
            "admin/renewals/_licenses_cell.html",
            sort="expiring",
            orders=("Fewest licenses first", "Most licenses first"),
        ),
        Column(
            "Soonest expiry",
            "admin/renewals/_soonest_cell.html",
            sort="soonest",
            orders=("Soonest first", "Latest first"),
            slot="line-end",
        ),
    ),
    default_sort="priority",
    search="Search by name or email...",
    searched="Names and e-mail addresses were searched.",
    filters=(Select("priority", "Priority", list(_LABELS.items())),),
    row_href=lambda row: reverse("admin:customer", args=[row.customer.uuid]),
    row_id=lambda row: str(row.customer.uuid),
    row_label=lambda row: str(row.customer),
    export=Export(
        "admin:renewals_export",
        (
            ExportField("Name", "customer.name"),
            ExportField("Email", "customer.email"),
            ExportField("License Count", "expiring"),
            ExportField("Soonest Expiry", "soonest"),
            ExportField("Priority", "priority"),
            ExportField("Total Licenses", "total"),
        ),
        label="Export contacts",
        allowed=_may_export,
    ),
    empty=Empty(
        "Nothing to renew",
        f"No license of this environment that is in use ends within {DAYS} days.",
        "calendar-clock",
    ),
)
