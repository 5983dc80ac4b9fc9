"""The list of changelog entries: what it shows and where its rows come from."""

from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.core.sorting import SortName
from keyturn.licensing.changelog.models import Entry
from keyturn.portals.admin.license_list import product_options
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select


def changelog_source(actor: Actor) -> QuerySetSource[Entry]:
    """The entries of the environment in which `actor` works, with their products."""
    return QuerySetSource(
        Entry.objects.in_scope(actor).select_related("product"),
        search=lambda rows, term: rows.search(term),
        filters={"product": lambda rows, uuid: rows.filter(product__uuid=uuid)},
        sorts={
            "product": SortName("product__name"),
            "version": "version",
            "released": "release_date",
            "updated": "updated_at",
        },
    )


CHANGELOG = ListPage(
    name="changelog",
    title="Changelog",
    noun=("entry", "entries"),
    intro="What changed in each version of your products, for customers and, if you like, for everybody.",
    columns=(
        Column("Version", "admin/changelog/_version_cell.html", sort="version", slot="title"),
        Column("Product", "admin/changelog/_product_cell.html", sort="product", slot="line"),
        Column("Title", "admin/changelog/_title_cell.html"),
        Column("Kinds", "admin/changelog/_kinds_cell.html"),
        Column("Status", "admin/changelog/_status_cell.html", slot="line-end"),
        Column("Release Date", "admin/changelog/_released_cell.html", sort="released", css="quiet"),
        Column("Updated", "updated_at", sort="updated", slot="off", css="quiet"),
        Column("Actions", "admin/changelog/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-released",
    search="Search by version, title or text...",
    searched="Versions, titles and texts were searched. A part is enough.",
    filters=(
        Select("product", "Product", product_options, every="All Products"),
        Select("status", "Status", Entry.Status.choices, every="All Statuses"),
    ),
    sort_dialog=True,
    row_href=lambda row: reverse("admin:changelog_entry", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: f"{row.product.name} {row.version}",
    actions="admin/changelog/_head_actions.html",
    empty=Empty(
        "No entries yet",
        "An entry says what is new in a version. It is a draft until you publish it.",
        "megaphone",
        "admin/changelog/_empty_actions.html",
    ),
)
