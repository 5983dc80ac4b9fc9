"""The list of licenses: what it shows and where its rows come from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.core.ids import parse_uuid
from keyturn.core.sorting import folded
from keyturn.core.text import mask_key
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import lists
from keyturn.licensing.licenses.lists import Filters
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.sources import shown
from keyturn.portals.ui.lists import (
    BulkAction,
    Column,
    DateRange,
    Empty,
    Export,
    ExportField,
    Linked,
    ListPage,
    ListState,
    Page,
    Preset,
    Select,
)


class LicenseSource:
    """The licenses of the environment in which `actor` works."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def page(self, state: ListState) -> Page[License]:
        """One page."""
        found = lists.page(
            self.actor,
            state.search,
            filters_of(state),
            sort=state.sort,
            direction=state.direction,
            number=state.page,
            per_page=state.per_page,
        )
        return shown(found, found.rows, state)

    def all(self, state: ListState) -> Iterator["ExportRow"]:
        """Every license of a search, oldest first; keys are whole for those who may see them."""
        whole = may(self.actor, Permission.REVEAL_KEYS)
        for row in lists.stream(self.actor, state.search, filters_of(state)):
            yield ExportRow(row, row.license_key if whole else mask_key(row.license_key))


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A license as its file shows it."""

    license: License
    key: str


def filters_of(state: ListState) -> Filters:
    """The filters that are set, as the list of the domain takes them."""
    span = state.span("expires")
    return Filters(
        product=parse_uuid(state.chosen("product")),
        status=state.chosen("status"),
        source=state.chosen("source"),
        customer=parse_uuid(state.chosen("customer")),
        expires_from=span.start,
        expires_to=span.end,
        generator=parse_uuid(state.chosen("generator")),
        in_use=bool(state.chosen("in_use")),
    )


def product_options(request: HttpRequest) -> list[tuple[str, str]]:
    """The products of this environment, by name; read once a request."""
    known: list[tuple[str, str]] | None = getattr(request, "product_options", None)
    if known is None:
        rows = Product.objects.in_scope(request.actor).values_list("uuid", "name")  # type: ignore[attr-defined]
        known = sorted(((str(uuid), name) for uuid, name in rows), key=lambda row: (folded(row[1]), row[0]))
        request.product_options = known  # type: ignore[attr-defined]
    return known


def customer_label(request: HttpRequest, value: str) -> str | None:
    """The address of the customer whom a link names."""
    uuid: UUID | None = parse_uuid(value)
    return Customer.objects.filter(uuid=uuid).values_list("email", flat=True).first() if uuid else None


def _generator_label(request: HttpRequest, value: str) -> str | None:
    uuid = parse_uuid(value)
    rows = Generator.objects.in_scope(request.actor)  # type: ignore[attr-defined]
    return rows.filter(uuid=uuid).values_list("name", flat=True).first() if uuid else None


def _held(permission: Permission) -> Callable[[HttpRequest], bool]:
    return lambda request: may(request.actor, permission)  # type: ignore[attr-defined]


LICENSES = ListPage(
    name="licenses",
    title="Licenses",
    noun=("license", "licenses"),
    intro="Every license key of the selected environment.",
    columns=(
        Column("License Key", "admin/licenses/_key_cell.html", sort="license_key", slot="title"),
        Column("Product", "admin/licenses/_product_cell.html", sort="product", slot="line"),
        Column(
            "Customer",
            "admin/licenses/_customer_cell.html",
            sort="customer",
            slot=lambda row: "" if row.customer_id else "off",
        ),
        Column("Status", "admin/licenses/_status_cell.html", sort="status", slot="line-end"),
        Column("Activations", "admin/licenses/_usage_cell.html", sort="limit", head_css="w-36"),
        Column("Expires", "admin/licenses/_expiry_cell.html", sort="expires"),
        Column("Created", "created_at", sort="created", slot="off", css="quiet"),
        Column("Actions", "admin/licenses/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-created",
    search="Search key, customer, product or order...",
    searched="Searched were license keys, customers, products and order references. A part is enough.",
    filters=(
        Select("product", "Product", product_options, every="All Products"),
        Select("status", "Status", [(one.value, one.value.title()) for one in Status], every="All Statuses"),
        DateRange(
            "expires",
            "Expires",
            (Preset("30-days", "Next 30 days", 0, 30), Preset("90-days", "Next 90 days", 0, 90)),
        ),
        Select("source", "Source", License.Source.choices, every="Any"),
        Linked("customer", "Customer", customer_label),
        Linked("generator", "Generator", _generator_label),
        Linked("in_use", "In use", lambda _, value: "assigned or active" if value == "yes" else None),
    ),
    bulk=(
        BulkAction("Assign…", "admin:licenses_assign", "user-plus", "primary", _held(Permission.ASSIGN_LICENSES)),
        BulkAction("Renew…", "admin:licenses_renew", "calendar-plus", "", _held(Permission.MANAGE_LICENSES)),
        BulkAction("Revoke…", "admin:licenses_revoke", "ban", "danger", _held(Permission.STOP_LICENSES)),
        BulkAction("Delete…", "admin:licenses_delete", "trash-2", "danger", _held(Permission.MANAGE_LICENSES)),
    ),
    export=Export(
        "admin:licenses_export",
        (
            ExportField("License Key", "key"),
            ExportField("Product", "license.product.name"),
            ExportField("Customer Name", "license.customer.name"),
            ExportField("Customer Email", "license.customer.email"),
            ExportField("Status", "license.status"),
            ExportField("Activations Used", "license.active_devices"),
            ExportField("Activation Limit", "license.activation_limit"),
            ExportField("Expiry Date", "license.expires_at"),
            ExportField("Created", "license.created_at"),
            ExportField("Source", "license.source"),
            ExportField("Feature Flags", "license.features"),
            ExportField("Order Reference", "license.order_reference"),
            ExportField("Product UUID", lambda row: str(row.license.product.uuid)),
        ),
        allowed=_held(Permission.EXPORT_LISTS),
    ),
    sort_dialog=True,
    row_href=lambda row: reverse("admin:license", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: mask_key(row.license_key),
    actions="admin/licenses/_head_actions.html",
    empty=Empty(
        "No licenses yet",
        "A generator of a product makes licenses, one or many at once. They wait here until they are assigned.",
        "key-round",
        "admin/licenses/_empty_actions.html",
    ),
)
