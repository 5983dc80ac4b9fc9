"""The list of releases: what it shows and where its rows come from."""

from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.core.sorting import SortName
from keyturn.licensing.releases.models import Release
from keyturn.portals.admin.license_list import product_options
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select


def release_source(actor: Actor) -> QuerySetSource[Release]:
    """The releases of the environment in which `actor` works, with their products and files."""
    rows = Release.objects.in_scope(actor).select_related("product").prefetch_related("files")
    return QuerySetSource(
        rows,
        search=lambda rows, term: rows.search(term),
        filters={"product": lambda rows, uuid: rows.filter(product__uuid=uuid)},
        sorts={
            "version": "numeric_version",
            "product": SortName("product__name"),
            "status": "status",
            "released": "release_date",
            "created": "created_at",
        },
    )


RELEASES = ListPage(
    name="downloadables",
    title="Downloads",
    noun=("release", "releases"),
    intro="Versions of your products, with the files that customers download.",
    columns=(
        Column("Version", "admin/releases/_version_cell.html", sort="version", slot="title"),
        Column("Product", "admin/generators/_product_cell.html", sort="product", slot="line"),
        Column("Changelog", "admin/releases/_changelog_cell.html", slot="off"),
        Column("Assets", "admin/releases/_assets_cell.html"),
        Column("Status", "admin/releases/_status_cell.html", sort="status", slot="line-end"),
        Column("Release Date", "admin/releases/_date_cell.html", sort="released", css="quiet"),
        Column("Created", "created_at", sort="created", slot="off", css="quiet"),
        Column("Actions", "admin/releases/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-released",
    search="Search by version or changelog...",
    searched="Versions and changelogs were searched. A part is enough.",
    filters=(
        Select("product", "Product", product_options, every="All Products"),
        Select("status", "Status", Release.Status.choices, every="All Statuses"),
    ),
    row_href=lambda row: reverse("admin:downloadable", args=[row.uuid]),
    row_label=lambda row: f"{row.product.name} {row.version}",
    row_id=lambda row: str(row.uuid),
    actions="admin/releases/_head_actions.html",
    empty=Empty(
        "Nothing uploaded yet",
        "A release is one version of a product with its files. Customers with a license find it in their portal.",
        "hard-drive-download",
        "admin/releases/_head_actions.html",
    ),
)
