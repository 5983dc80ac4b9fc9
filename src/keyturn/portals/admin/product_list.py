"""The list of products: what it shows and where its rows come from."""

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.core.sorting import SortName
from keyturn.licensing.products.models import Product
from keyturn.portals.ui.lists import Column, Empty, Export, ExportField, ListPage, QuerySetSource, Select


def product_source(actor: Actor) -> QuerySetSource[Product]:
    """The products of the environment in which `actor` works."""
    return QuerySetSource(
        Product.objects.in_scope(actor),
        search=lambda rows, term: rows.search(term),
        sorts={
            "name": SortName("name"),
            "uuid": "uuid",
            "source": "source",
            "status": "status",
            "require_license": "require_license",
            "environment": "environment",
            "created": "created_at",
        },
    )


def _may_export(request: HttpRequest) -> bool:
    return may(request.actor, Permission.EXPORT_LISTS)  # type: ignore[attr-defined]


PRODUCTS = ListPage(
    name="products",
    title="Products",
    noun=("product", "products"),
    intro="What you license. A product comes before its generators and licenses.",
    columns=(
        Column("Name", "admin/products/_name_cell.html", sort="name", slot="title"),
        Column("Product UUID", "admin/products/_uuid_cell.html", sort="uuid"),
        Column("Source", lambda row: row.get_source_display(), sort="source"),
        Column("Status", "admin/products/_status_cell.html", sort="status", slot="line-end"),
        Column("Require License", "admin/products/_require_cell.html", sort="require_license"),
        Column("Environment", "admin/products/_environment_cell.html", sort="environment", slot="line"),
        Column("Created", "created_at", sort="created", css="quiet"),
        Column("Actions", "admin/products/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-created",
    search="Search by name or UUID...",
    searched="Names and UUIDs were searched. A part of either is enough.",
    filters=(
        Select("status", "Status", Product.Status.choices, every="All Statuses"),
        Select("source", "Source", Product.Source.choices, every="All Sources"),
    ),
    export=Export(
        "admin:products_export",
        (
            ExportField("Name", "name"),
            ExportField("Product UUID", lambda row: str(row.uuid)),
            ExportField("Slug", "slug"),
            ExportField("Source", "source"),
            ExportField("Status", "status"),
            ExportField("Require License", "require_license"),
            ExportField("Signing Algorithm", "signing_algorithm"),
            ExportField("Environment", "environment"),
            ExportField("Created", "created_at"),
        ),
        allowed=_may_export,
    ),
    per_page=(10, 15, 25, 50),
    sort_dialog=True,
    row_href=lambda row: reverse("admin:product", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: row.name,
    actions="admin/products/_head_actions.html",
    empty=Empty(
        "No products yet",
        "A product is what a license is for: an app, a plug-in, a service.",
        "package",
        "admin/products/_empty_actions.html",
    ),
)
