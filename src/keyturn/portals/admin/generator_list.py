"""The list of license generators: what it shows and where its rows come from."""

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.core.sorting import SortName
from keyturn.licensing.generators.models import Generator, in_words
from keyturn.portals.admin.license_list import product_options
from keyturn.portals.ui.lists import Column, Empty, Export, ExportField, ListPage, QuerySetSource, Select


def generator_source(actor: Actor) -> QuerySetSource[Generator]:
    """The generators of the environment in which `actor` works, with their products."""
    return QuerySetSource(
        Generator.objects.in_scope(actor).select_related("product"),
        search=lambda rows, term: rows.search(term),
        filters={"product": lambda rows, uuid: rows.filter(product__uuid=uuid)},
        sorts={
            "name": SortName("name"),
            "type": "type",
            "product": SortName("product__name"),
            "generated": "generated",
            "status": "status",
            "created": "created_at",
        },
    )


def _may_export(request: HttpRequest) -> bool:
    return may(request.actor, Permission.EXPORT_LISTS)  # type: ignore[attr-defined]


def _validity(row: Generator) -> str:
    return in_words(row.validity_count, row.validity_unit) if row.validity_count else "lifetime"


GENERATORS = ListPage(
    name="generators",
    title="License Generators",
    noun=("generator", "generators"),
    intro="Templates that decide the keys, limits and features of new licenses.",
    columns=(
        Column("Name", "admin/generators/_name_cell.html", sort="name", slot="title"),
        Column("Type", lambda row: row.get_type_display(), sort="type"),
        Column("Product", "admin/generators/_product_cell.html", sort="product", slot="line"),
        Column("Generated", "admin/generators/_generated_cell.html", sort="generated"),
        Column("Status", "admin/products/_status_cell.html", sort="status", slot="line-end"),
        Column("Created", "created_at", sort="created", slot="off", css="quiet"),
        Column("Actions", "admin/generators/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-created",
    search="Search by name, description or product...",
    searched="Names, descriptions and product names were searched. A part is enough.",
    filters=(
        Select("product", "Product", product_options, every="All Products"),
        Select("status", "Status", Generator.Status.choices, every="All Statuses"),
    ),
    export=Export(
        "admin:generators_export",
        (
            ExportField("Name", "name"),
            ExportField("Generator UUID", lambda row: str(row.uuid)),
            ExportField("Type", "type"),
            ExportField("Product", "product.name"),
            ExportField("Product UUID", lambda row: str(row.product.uuid)),
            ExportField("Generated", "generated"),
            ExportField("Status", "status"),
            ExportField("Activation Limit", "activation_limit"),
            ExportField("Validity", _validity),
            ExportField("Created", "created_at"),
        ),
        allowed=_may_export,
    ),
    sort_dialog=True,
    row_href=lambda row: reverse("admin:generator_edit", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: row.name,
    actions="admin/generators/_head_actions.html",
    empty=Empty(
        "No generators yet",
        "A generator belongs to a product and makes its license keys, in any number at once.",
        "wand-sparkles",
        "admin/generators/_empty_actions.html",
    ),
)
