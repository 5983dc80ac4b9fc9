"""The list of deliveries: one row an attempt."""

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.permissions import Permission, may
from keyturn.access.scope import Environment
from keyturn.core.ids import parse_uuid
from keyturn.platform.webhooks.catalog import CALLBACKS, GROUPS
from keyturn.platform.webhooks.models import Delivery, Webhook
from keyturn.portals.ui.lists import Column, Empty, Export, ExportField, Linked, ListPage, QuerySetSource, Select


def delivery_source() -> QuerySetSource[Delivery]:
    """The attempts of every environment."""
    return QuerySetSource(
        Delivery.objects.defer("sealed_exchange"),
        search=lambda rows, term: rows.search(term),
        filters={
            "group": lambda rows, value: rows.of_group(value),
            "webhook": lambda rows, value: rows.filter(webhook_uuid=value),
        },
        sorts={"attempted": "at", "status": "status", "code": "code"},
    )


def _webhook_name(request: HttpRequest, value: str) -> str | None:
    uuid = parse_uuid(value)
    if uuid == CALLBACKS:
        return "API callbacks"
    return Webhook.objects.filter(uuid=uuid).values_list("name", flat=True).first() if uuid else None


def _may_export(request: HttpRequest) -> bool:
    return may(request.actor, Permission.MANAGE_WEBHOOKS)  # type: ignore[attr-defined]


_GROUPS = [*((group.name, group.label) for group in GROUPS), ("callback", "API callback")]
DELIVERIES = ListPage(
    name="webhook_deliveries",
    title="Webhook Deliveries",
    noun=("delivery", "deliveries"),
    intro="Every attempt at telling a webhook of an event, newest first.",
    columns=(
        Column("Webhook", "admin/webhook_deliveries/_webhook_cell.html", slot="title"),
        Column("Event", "admin/webhook_deliveries/_event_cell.html", slot="line"),
        Column("Status", "admin/webhook_deliveries/_status_cell.html", sort="status", slot="line-end"),
        Column("Response Code", "admin/webhook_deliveries/_code_cell.html", sort="code", css="quiet"),
        Column(
            "Attempted At",
            "admin/webhook_deliveries/_at_cell.html",
            sort="attempted",
            orders=("Oldest first", "Newest first"),
            css="quiet",
        ),
        Column(
            "Actions",
            "admin/webhook_deliveries/_menu_cell.html",
            slot="end",
            css="end",
            head_css="end",
            hidden_label=True,
        ),
    ),
    default_sort="-attempted",
    search="Search by webhook, event or URL...",
    searched="Names of webhooks, events and URLs were searched.",
    filters=(
        Select("group", "Event Group", _GROUPS, every="All Events"),
        Select("status", "Status", Delivery.Status.choices, every="All Statuses"),
        Select("environment", "Environment", Environment.choices, every="All Environments"),
        Linked("webhook", "Webhook", _webhook_name),
    ),
    row_href=lambda row: reverse("admin:webhook_delivery", args=[row.uuid]),
    row_id=lambda row: str(row.uuid),
    row_label=lambda row: f"{row.event_name} to {row.webhook_name}",
    actions="admin/webhook_deliveries/_head_actions.html",
    export=Export(
        "admin:webhook_deliveries_export",
        (
            ExportField("Delivery ID", lambda row: str(row.message)),
            ExportField("Webhook", "webhook_name"),
            ExportField("URL", "url"),
            ExportField("Event", "event_name"),
            ExportField("Status", "status"),
            ExportField("Response Code", "code"),
            ExportField("Attempt", "attempt"),
            ExportField("Response Time ms", "millis"),
            ExportField("Error", "error"),
            ExportField("Attempted At", lambda row: None if row.status == "pending" or row.was_cancelled else row.at),
        ),
        allowed=_may_export,
    ),
    empty=Empty(
        "No deliveries found",
        "They appear here as soon as something happens that a webhook listens to.",
        "send",
    ),
)
