"""The list of API keys: what it shows and where its rows come from."""

from django.urls import reverse

from keyturn.access.scope import Environment
from keyturn.core.sorting import SortName
from keyturn.people.apikeys.models import ApiKey
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select

STATUSES = (("active", "Active"), ("inactive", "Inactive"), ("expired", "Expired"))


def api_key_source() -> QuerySetSource[ApiKey]:
    """The keys of every environment."""
    return QuerySetSource(
        ApiKey.objects.select_related("customer"),
        search=lambda rows, term: rows.search(term),
        filters={"status": lambda rows, value: rows.with_status(value)},
        sorts={
            "name": SortName("name"),
            "environment": "environment",
            "rate_limit": "rate_limit",
            "last_used": "last_used_at",
            "created": "created_at",
        },
    )


API_KEYS = ListPage(
    name="api_keys",
    title="API Keys",
    noun=("API key", "API keys"),
    intro="They let your software and your shop call the API. Each works in one environment.",
    columns=(
        Column("Name", "admin/api_keys/_name_cell.html", sort="name", slot="title"),
        Column("Key", "admin/api_keys/_key_cell.html", slot="line"),
        Column("Environment", "admin/api_keys/_environment_cell.html", sort="environment"),
        Column("Permissions", "admin/api_keys/_permissions_cell.html"),
        Column("Rate Limit", "admin/api_keys/_rate_cell.html", sort="rate_limit", css="quiet"),
        Column("Status", "admin/api_keys/_status_cell.html", slot="line-end"),
        Column("Last Used", "admin/api_keys/_used_cell.html", sort="last_used", css="quiet"),
        Column("Created", "created_at", sort="created", slot="off", css="quiet"),
        Column("Actions", "admin/api_keys/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-created",
    search="Search by name or prefix...",
    searched="Names and the first characters of the keys were searched.",
    filters=(
        Select("environment", "Environment", Environment.choices, every="All Environments"),
        Select("status", "Status", STATUSES, every="All Statuses"),
    ),
    row_href=lambda row: reverse("admin:api_key_edit", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: row.name,
    actions="admin/api_keys/_head_actions.html",
    empty=Empty(
        "No API keys yet",
        "Your software needs one to verify licenses, and your shop to assign them.",
        "key-square",
        "admin/api_keys/_head_actions.html",
    ),
)
