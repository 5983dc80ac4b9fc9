"""The list of issued offline files: what it shows and where its rows come from."""

from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.core.text import mask_key
from keyturn.licensing.offline.models import IssuedFile, IssuedFileQuerySet
from keyturn.portals.admin.issued_files import IssuedRow, issued_rows
from keyturn.portals.admin.license_list import product_options
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select, ShownSource

_STATES = (("current", "Current"), ("outdated", "Outdated"), ("old-key", "Signed with an old key"))


def offline_source(actor: Actor) -> ShownSource[IssuedFile, IssuedRow]:
    """The offline files of the environment in which `actor` works."""
    files = QuerySetSource(
        IssuedFile.objects.in_scope(actor).select_related("license__product"),
        sorts={"license_key": "license__license_key", "issued": "issued_at", "ends": "ends_at"},
        search=IssuedFileQuerySet.named,
        filters={"product": IssuedFileQuerySet.of_product, "state": IssuedFileQuerySet.in_state},
    )
    return ShownSource(files, issued_rows)


OFFLINE_FILES = ListPage(
    name="offline_files",
    title="Offline Files",
    noun=("file", "files"),
    intro="Every offline license that was issued. Later changes of a license do not reach its files.",
    columns=(
        Column("License Key", "admin/offline_files/_key_cell.html", sort="license_key", slot="title"),
        Column("Product", "file.license.product.name", slot="line", css="max-md:text-muted-foreground"),
        Column("Bound to", "admin/licenses/_file_binding.html"),
        Column("Status", "admin/licenses/_file_marks.html", slot="end"),
        Column("Issued", "file.issued_at", sort="issued", css="quiet"),
        Column("Ends", "admin/offline_files/_ends_cell.html", sort="ends", css="quiet"),
    ),
    default_sort="-issued",
    default_words="Newest first",
    search="Search by key or binding...",
    searched="License keys, hardware ids, domains and USB serial numbers were searched. A part of one is enough.",
    filters=(
        Select("product", "Product", product_options, every="All Products"),
        Select("state", "Status", _STATES, every="All Statuses"),
    ),
    row_href=lambda row: reverse("admin:license_offline_file", args=[row.file.license.uuid]),
    row_id=lambda row: str(row.file.uuid),
    row_label=lambda row: mask_key(row.file.license.license_key),
    empty=Empty(
        "No offline files yet",
        "Choose Generate Offline License in the actions of a license that is assigned or active.",
        "file-down",
    ),
)
