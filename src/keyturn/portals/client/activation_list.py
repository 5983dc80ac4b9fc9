"""Activations: what the list shows and where its rows come from (CLP-30, CLP-31)."""

from django.http import HttpRequest

from keyturn.core.ids import parse_uuid
from keyturn.core.sorting import SortName
from keyturn.core.text import mask_key
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.querysets import ActivationQuerySet
from keyturn.licensing.licenses.status import DeviceStanding
from keyturn.people.customers.models import Customer
from keyturn.portals.ui.lists import Column, Empty, Linked, ListPage, QuerySetSource, Select

_STANDINGS = (
    (DeviceStanding.ACTIVE.value, "Active"),
    (DeviceStanding.INACTIVE.value, "Deactivated"),
    (DeviceStanding.SUSPENDED.value, "Suspended"),
)


def activation_source(customer: Customer) -> QuerySetSource[Activation]:
    """The devices of `customer` and of nobody else."""
    return QuerySetSource(
        Activation.objects.of(customer).select_related("license__product"),
        sorts={
            "device": "identifier",
            "product": SortName("license__product__name"),
            "seen": "last_verified_at",
            "activated": "activated_at",
        },
        search=ActivationQuerySet.named,
        filters={
            "status": ActivationQuerySet.standing,
            "license": lambda rows, value: rows.filter(license__uuid=value),
        },
    )


def _license(request: HttpRequest, value: str) -> str | None:
    uuid = parse_uuid(value)
    if uuid is None:
        return None
    rows = License.objects.of(request.customer).filter(uuid=uuid)  # type: ignore[attr-defined]
    key = rows.values_list("license_key", flat=True).first()
    return mask_key(key) if key else None


ACTIVATIONS = ListPage(
    name="activations",
    title="Activations",
    noun=("device", "devices"),
    intro="Every device and website on which you use a license, or have used one.",
    columns=(
        Column("Device", "client/activations/_device_cell.html", sort="device", slot="title"),
        Column("License", "client/activations/_license_cell.html", sort="product", slot="line"),
        Column("Status", "client/activations/_status_cell.html", slot="end"),
        Column("Version", "client/activations/_version_cell.html", css="quiet"),
        Column("Last Seen", "client/activations/_seen_cell.html", sort="seen"),
        Column(
            "Actions",
            "client/activations/_deactivate_cell.html",
            slot=lambda row: "foot" if row.standing == DeviceStanding.ACTIVE else "off",
            css="end",
            head_css="end",
            hidden_label=True,
        ),
    ),
    default_sort="-activated",
    default_words="Newest first",
    search="Search by device...",
    searched="Device identifiers were searched. A part of one is enough.",
    filters=(
        Select("status", "Status", _STANDINGS, every="All"),
        Linked("license", "License", _license),
    ),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: row.identifier,
    empty=Empty(
        "No devices yet",
        "Activations start in the software: enter your license key there, and the device appears here.",
        "monitor-check",
        "client/activations/_empty_actions.html",
    ),
    layout="layouts/client.html",
    template="client/list.html",
)
