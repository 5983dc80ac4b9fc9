"""The list of activations: what it shows and where its rows come from."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.core.ids import parse_uuid
from keyturn.core.text import mask_key
from keyturn.licensing.licenses import devices
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import DeviceStatus
from keyturn.portals.admin.device_rows import DeviceRow, device_rows, silence
from keyturn.portals.admin.license_list import customer_label, product_options
from keyturn.portals.admin.sources import shown
from keyturn.portals.ui.lists import (
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


class ActivationSource:
    """The activations of the environment in which `actor` works."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def page(self, state: ListState) -> Page[DeviceRow]:
        """One page."""
        found = devices.page(
            self.actor,
            state.search,
            _filters(state),
            sort=state.sort,
            direction=state.direction,
            number=state.page,
            per_page=state.per_page,
        )
        return shown(found, device_rows(found.rows, silence()), state)

    def all(self, state: ListState) -> Iterator["ExportedDevice"]:
        """Every match, oldest first; memory does not grow with their number."""
        reveals = may(self.actor, Permission.REVEAL_KEYS)
        for device in devices.stream(self.actor, state.search, _filters(state)):
            key = device.license.license_key
            yield ExportedDevice(device, key if reveals else mask_key(key))


@dataclass(frozen=True)
class ExportedDevice:
    """A row of the file; `key` is masked for those who may not see it."""

    device: Activation
    key: str


def _may_export(request: HttpRequest) -> bool:
    return may(request.actor, Permission.EXPORT_LISTS)  # type: ignore[attr-defined]


def _filters(state: ListState) -> devices.Filters:
    activated = state.span("activated")
    return devices.Filters(
        product=parse_uuid(state.chosen("product")),
        status=state.chosen("status"),
        customer=parse_uuid(state.chosen("customer")),
        license=parse_uuid(state.chosen("license")),
        activated_from=activated.start,
        activated_to=activated.end,
    )


def _license(request: HttpRequest, value: str) -> str | None:
    uuid = parse_uuid(value)
    if uuid is None:
        return None
    rows = License.objects.in_scope(request.actor).filter(uuid=uuid)  # type: ignore[attr-defined]
    key = rows.values_list("license_key", flat=True).first()
    return mask_key(key) if key else None


ACTIVATIONS = ListPage(
    name="activations",
    title="Activations",
    noun=("activation", "activations"),
    intro="Every device and domain on which a license of the selected environment is or was in use.",
    columns=(
        Column("License Key", "admin/activations/_key_cell.html", sort="license_key", slot="line-end"),
        Column(
            "Product",
            "admin/activations/_product_cell.html",
            sort="product",
            slot="line",
            css="max-md:text-muted-foreground",
        ),
        Column("Device", "admin/activations/_device_cell.html", sort="device", slot="title"),
        Column("IP Address", "admin/activations/_ip_cell.html", sort="ip", css="quiet"),
        Column("Status", "admin/activations/_status_cell.html", sort="status", slot="end"),
        Column("Activated", "device.activated_at", sort="activated", slot="off", css="quiet"),
        Column("Last Verified", "admin/activations/_verified_cell.html", sort="verified"),
        Column(
            "Actions",
            "admin/activations/_actions_cell.html",
            slot=lambda row: "foot" if row.device.status == DeviceStatus.ACTIVE else "off",
            css="end",
            head_css="end",
            hidden_label=True,
        ),
    ),
    default_sort="-activated",
    search="Search by key or device...",
    searched="License keys, devices and IP addresses were searched. A part of one is enough, such as “192.168”.",
    filters=(
        Select("product", "Product", product_options, every="All Products"),
        Select("status", "Status", [(one.value, one.value.title()) for one in DeviceStatus], every="All Statuses"),
        DateRange("activated", "Activated", (Preset("today", "Today", 0, 0), Preset("week", "Last 7 days", -6, 0))),
        Linked("customer", "Customer", customer_label),
        Linked("license", "License", _license),
    ),
    sort_dialog=True,
    export=Export(
        "admin:activations_export",
        (
            ExportField("License Key", "key"),
            ExportField("Product", "device.license.product.name"),
            ExportField("Customer Email", "device.license.customer.email"),
            ExportField("Identifier", "device.identifier"),
            ExportField("Activation IP", "device.activation_ip"),
            ExportField("Last IP", "device.last_ip"),
            ExportField("Status", "device.status"),
            ExportField("Activated", "device.activated_at"),
            ExportField("Last Verified", "device.last_verified_at"),
            ExportField("Deactivated", "device.deactivated_at"),
        ),
        allowed=_may_export,
    ),
    row_href=lambda row: reverse("admin:activation", args=[row.device.uuid]),
    row_id=lambda row: str(row.device.uuid),
    row_label=lambda row: row.device.identifier,
    empty=Empty(
        "No activations yet",
        "A device appears here when your software activates a license on it for the first time.",
        "monitor-check",
    ),
)
