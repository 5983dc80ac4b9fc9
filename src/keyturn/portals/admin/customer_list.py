"""The list of customers: what it shows and where its rows come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.permissions import Permission, may
from keyturn.licensing.licenses.lists import counts_by_customer
from keyturn.people.customers import lists
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.sources import shown
from keyturn.portals.ui.lists import Column, Empty, Export, ExportField, ListPage, ListState, Page, Select


@dataclass(frozen=True)
class CustomerRow:
    """A customer and how many licenses he owns, in every state and environment."""

    customer: Customer
    licenses: int


class CustomerSource:
    """Customers with the counts of their licenses."""

    def page(self, state: ListState) -> Page[CustomerRow]:
        """One page."""
        found = lists.page(
            state.search,
            status=state.chosen("status"),
            sort=state.sort,
            direction=state.direction,
            number=state.page,
            per_page=state.per_page,
        )
        counts = counts_by_customer(found.rows)
        return shown(found, [CustomerRow(row, counts[row.pk]) for row in found.rows], state)

    def all(self, state: ListState) -> Iterator[CustomerRow]:
        """Every row of a search, oldest first; licenses are counted a thousand customers at a time."""
        customers = lists.stream(state.search, status=state.chosen("status"))
        while part := list(islice(customers, 1000)):
            counts = counts_by_customer(part)
            yield from (CustomerRow(row, counts[row.pk]) for row in part)


def _may_export(request: HttpRequest) -> bool:
    return may(request.actor, Permission.EXPORT_CUSTOMERS)  # type: ignore[attr-defined]


CUSTOMERS = ListPage(
    name="customers",
    title="Customers",
    noun=("customer", "customers"),
    intro="Everyone who owns a license. A customer appears when a license is assigned to a new e-mail address.",
    columns=(
        Column("Name", "admin/customers/_name_cell.html", sort="name", orders=("Name A–Z", "Name Z–A"), slot="title"),
        Column(
            "Email",
            "admin/customers/_email_cell.html",
            sort="email",
            orders=("Email A–Z", "Email Z–A"),
            slot="line",
            css="quiet",
        ),
        Column("Licenses", "admin/customers/_licenses_cell.html", slot="end"),
        Column(
            "Joined",
            "customer.joined_at",
            sort="joined",
            orders=("Oldest first", "Newest first"),
            slot="line-end",
            css="quiet",
        ),
        Column(
            "Actions",
            "admin/customers/_actions_cell.html",
            slot="off",
            css="end",
            head_css="end",
            hidden_label=True,
        ),
    ),
    default_sort="-joined",
    search="Search by name or email...",
    searched="Names and e-mail addresses were searched. A part of either is enough, such as “john” or “@acme.com”.",
    filters=(Select("status", "Status", Customer.Status.choices),),
    actions="admin/customers/_head_actions.html",
    export=Export(
        "admin:customers_export",
        (
            ExportField("ID", "customer.pk"),
            ExportField("UUID", lambda row: str(row.customer.uuid)),
            ExportField("Name", "customer.name"),
            ExportField("Email", "customer.email"),
            ExportField("Status", "customer.status"),
            ExportField("Licenses", "licenses"),
            ExportField("Email Verified", lambda row: row.customer.email_verified_at is not None),
            ExportField("2FA", lambda row: row.customer.totp_enabled_at is not None, name="two_factor"),
            ExportField("Joined", "customer.joined_at"),
            ExportField("Last Login", "customer.last_login_at"),
        ),
        label="Export all",
        allowed=_may_export,
    ),
    row_href=lambda row: reverse("admin:customer", args=[row.customer.uuid]),
    row_id=lambda row: str(row.customer.uuid),
    row_label=lambda row: str(row.customer),
    empty=Empty(
        "No customers yet",
        "Customers appear here by themselves when a license is assigned to an e-mail address.",
        "users-round",
        "admin/customers/_empty_actions.html",
    ),
)
