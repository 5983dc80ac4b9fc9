"""My Licenses: what the list shows and where its rows come from (CLP-20, CLP-21)."""

from django.urls import reverse

from keyturn.core.sorting import SortName
from keyturn.core.text import mask_key
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.querysets import LicenseQuerySet
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select

_STATES = [(one.value, one.value.title()) for one in Status if one != Status.AVAILABLE]


def license_source(customer: Customer) -> QuerySetSource[License]:
    """The licenses of `customer` and of nobody else."""
    return QuerySetSource(
        License.objects.of(customer).select_related("product"),
        sorts={
            "key": "license_key",
            "product": SortName("product__name"),
            "status": "status",
            "usage": "active_devices",
            "expires": "expires_at",
            "added": "assigned_at",
        },
        search=LicenseQuerySet.named,
    )


LICENSES = ListPage(
    name="licenses",
    title="My Licenses",
    noun=("license", "licenses"),
    intro="Every license that you own, with its key.",
    columns=(
        Column("License Key", "client/licenses/_key_cell.html", sort="key", slot="line"),
        Column("Product", "client/licenses/_product_cell.html", sort="product", slot="title"),
        Column("Status", "client/licenses/_status_cell.html", sort="status", slot="end"),
        Column("Activations", "client/licenses/_usage_cell.html", sort="usage"),
        Column("Expires", "client/licenses/_expiry_cell.html", sort="expires"),
        Column("Actions", "client/licenses/_open_cell.html", slot="off", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-added",
    default_words="Newest first",
    search="Search by key or product...",
    searched="License keys and product names were searched. A part of either is enough.",
    filters=(Select("status", "Status", _STATES, every="All"),),
    row_href=lambda row: reverse("client:license", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: mask_key(row.license_key),
    empty=Empty(
        "No licenses yet",
        "Licenses that are bought for your e-mail address appear here by themselves.",
        "key-round",
    ),
    layout="layouts/client.html",
    template="client/list.html",
)
