"""List pages by declaration: say what a list is, and one engine searches, filters, sorts and pages it.

CUSTOMERS = ListPage(
    name="customers", title="Customers", noun=("customer", "customers"),
    columns=(Column("Name", "admin/customers/_name.html", sort="name", slot="title"), ...),
    default_sort="-joined", search="Search by name or email...",
)

def customers(request):
    return CUSTOMERS.respond(request, CustomerSource(request.actor), {"section": "Customers"})
"""

from keyturn.portals.ui.lists.columns import Column
from keyturn.portals.ui.lists.declaration import BulkAction, Empty, ListPage
from keyturn.portals.ui.lists.export import Export, ExportField, export_response
from keyturn.portals.ui.lists.filters import DateRange, DateSpan, Linked, Preset, Select
from keyturn.portals.ui.lists.newest import NewestSource
from keyturn.portals.ui.lists.selection import Selection, read_selection
from keyturn.portals.ui.lists.sources import Page, QuerySetSource, ShownSource, Source, cut
from keyturn.portals.ui.lists.state import ListState

__all__ = [
    "BulkAction",
    "Column",
    "DateRange",
    "DateSpan",
    "Empty",
    "Export",
    "ExportField",
    "Linked",
    "ListPage",
    "ListState",
    "NewestSource",
    "Page",
    "Preset",
    "QuerySetSource",
    "Select",
    "Selection",
    "ShownSource",
    "Source",
    "cut",
    "export_response",
    "read_selection",
]
