"""The list of webhooks: what it shows and where its rows come from."""

from django.urls import reverse

from keyturn.access.scope import Environment
from keyturn.core.sorting import SortName
from keyturn.platform.webhooks.models import Webhook
from keyturn.portals.ui.lists import Column, Empty, ListPage, QuerySetSource, Select

STATUSES = (("active", "Active"), ("inactive", "Inactive"))


def webhook_source() -> QuerySetSource[Webhook]:
    """The webhooks of every environment."""
    return QuerySetSource(
        Webhook.objects.all(),
        search=lambda rows, term: rows.search(term),
        filters={"status": lambda rows, value: rows.filter(is_active=value == "active")},
        sorts={"name": SortName("name"), "environment": "environment", "created": "created_at"},
    )


WEBHOOKS = ListPage(
    name="webhooks",
    title="Webhooks",
    noun=("webhook", "webhooks"),
    intro="They tell your other systems what happens here. Each belongs to one environment.",
    columns=(
        Column("Name", "admin/webhooks/_name_cell.html", sort="name", slot="title"),
        Column("URL", "admin/webhooks/_url_cell.html", slot="line"),
        Column("Events", "admin/webhooks/_events_cell.html"),
        Column("Status", "admin/webhooks/_status_cell.html", slot="line-end"),
        Column("Environment", "admin/api_keys/_environment_cell.html", sort="environment"),
        Column("Created", "created_at", sort="created", slot="off", css="quiet"),
        Column("Actions", "admin/webhooks/_menu_cell.html", slot="end", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-created",
    search="Search by name or URL...",
    searched="Names and URLs were searched.",
    filters=(
        Select("environment", "Environment", Environment.choices, every="All Environments"),
        Select("status", "Status", STATUSES, every="All Statuses"),
    ),
    row_href=lambda row: reverse("admin:webhook_edit", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: row.name,
    actions="admin/webhooks/_head_actions.html",
    empty=Empty(
        "No webhooks found",
        "Create one to hear of new licenses, activations and more as they happen.",
        "webhook",
        "admin/webhooks/_empty_actions.html",
    ),
)
