"""Names and addresses of what logs and audit entries speak of, as far as it still exists."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from keyturn.core.ids import parse_uuid
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases.models import Release
from keyturn.operations.imports.models import Import
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.mail.models import EmailTemplate, Message
from keyturn.platform.webhooks.models import Webhook
from keyturn.portals.ui.lists import DateSpan


@dataclass(frozen=True)
class Kind:
    """What a resource is called; where its page is, and which rows have one."""

    label: str
    route: str = ""
    model: type[Model] | None = None


KINDS = {
    "activation": Kind("Activation", "activation", Activation),
    "admin": Kind("Admin", "admin_edit", Admin),
    "api_key": Kind("API Key", "api_key_edit", ApiKey),
    "changelog": Kind("Changelog Entry", "changelog_entry", Entry),
    "contract": Kind("Contract", "", Contract),
    "customer": Kind("Customer", "customer", Customer),
    "email_template": Kind("Email Template", "email_template", EmailTemplate),
    "generator": Kind("Generator", "generator_edit", Generator),
    "import": Kind("Import", "import", Import),
    "job": Kind("Job"),
    "license": Kind("License", "license", License),
    "message": Kind("E-mail", "outbox_message", Message),
    "product": Kind("Product", "product", Product),
    "release": Kind("Release", "downloadable", Release),
    "settings": Kind("Settings"),
    "webhook": Kind("Webhook", "webhook_edit", Webhook),
}


def kind_label(kind: str) -> str:
    """What people read for a kind of resource."""
    return KINDS[kind].label if kind in KINDS else kind.replace("_", " ").title()


class Doing(Protocol):
    """An author and a resource, as kinds and identifiers."""

    @property
    def author(self) -> tuple[str, str, str]:
        """Kind, id and label of who did it."""

    @property
    def resource(self) -> tuple[str, str]:
        """Kind and id of what it was done to."""


class Names:
    """Looks up what some rows name: one query for each kind of thing, whatever the number of rows."""

    def __init__(self, rows: Sequence[Doing]) -> None:
        asked = defaultdict[str, set[Any]](set)
        for kind, id, _ in (row.author for row in rows):
            asked[kind].add(parse_uuid(id))
        wanted = {kind: ids - {None} for kind, ids in asked.items()}
        self._admins = _names(Admin, wanted.get("admin"), "name")
        self._customers = _names(Customer, wanted.get("customer"), "email")
        self._existing = _existing(row.resource for row in rows)

    def author(self, row: Doing) -> str:
        """Who did it: the admin's name, the customer's e-mail, the name of the API key, or System."""
        kind, id, label = row.author
        if kind == "admin":
            return self._admins.get(id, "Deleted Admin")
        if kind == "customer":
            return self._customers.get(id) or f"Deleted Customer #{id}"
        return label or "API key" if kind == "api_key" else "System"

    def url(self, row: Doing) -> str:
        """The page of the resource while it exists."""
        kind, id = row.resource
        if kind == "settings":
            return reverse("admin:settings")
        known = KINDS.get(kind)
        found = known is not None and known.route and (kind, id) in self._existing
        return reverse(f"admin:{known.route}", args=[id]) if known and found else ""


def _names(model: type[Model], ids: set[Any] | None, field: str) -> dict[str, str]:
    if not ids:
        return {}
    rows = model._default_manager.filter(uuid__in=ids).values_list("uuid", field)
    return {str(uuid): name for uuid, name in rows}


def _existing(resources: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    asked = defaultdict[str, set[Any]](set)
    for kind, id in resources:
        if (uuid := parse_uuid(id)) and kind in KINDS and KINDS[kind].route:
            asked[kind].add(uuid)
    found = set()
    for kind, ids in asked.items():
        model = KINDS[kind].model
        if model is not None:
            rows = model._default_manager.filter(uuid__in=ids).values_list("uuid", flat=True)
            found |= {(kind, str(uuid)) for uuid in rows}
    return found


def moments(span: DateSpan) -> tuple[datetime | None, datetime | None]:
    """The first moment of the span's days and the first after them, in the reader's zone."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(span.start, time(), zone) if span.start else None
    return start, datetime.combine(span.end + timedelta(days=1), time(), zone) if span.end else None
