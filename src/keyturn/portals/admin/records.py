"""Names and addresses of what logs and audit entries speak of, as far as it still exists."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from django.db.models import Model, Value
from django.urls import reverse
from django.utils import timezone

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
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
    # What its page takes, beyond what every reader of logs may do.
    permission: Permission | None = None


KINDS = {
    "activation": Kind("Activation", "activation", Activation),
    "admin": Kind("Admin", "admin_edit", Admin, Permission.MANAGE_ADMINS),
    "api_key": Kind("API Key", "api_key_edit", ApiKey),
    "audit": Kind("Audit Trail"),
    "changelog_entry": Kind("Changelog Entry", "changelog_entry", Entry),
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
    "retention": Kind("Retention Policy"),
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
    """Looks up what some rows name: in two queries, whatever they are."""

    def __init__(self, rows: Sequence[Doing], actor: Actor) -> None:
        people = _by_kind((kind, id) for kind, id, _ in (row.author for row in rows))
        self._people = _people(people["admin"], people["customer"])
        self._existing, self._actor = _existing(row.resource for row in rows), actor

    def author(self, row: Doing) -> str:
        """Who did it: the admin's name, the customer's e-mail, the name of the API key, or System."""
        kind, id, label = row.author
        if kind == "admin":
            return self._people.get(id, "Deleted Admin")
        if kind == "customer":
            return self._people.get(id) or f"Deleted Customer #{id}"
        return label or "API key" if kind == "api_key" else "System"

    def url(self, row: Doing) -> str:
        """The page of the resource while it exists."""
        kind, id = row.resource
        if kind == "settings":
            return reverse("admin:settings")
        known = KINDS.get(kind)
        found = known is not None and known.route and (kind, id) in self._existing
        if known and known.permission and not may(self._actor, known.permission):
            return ""
        return reverse(f"admin:{known.route}", args=[id]) if known and found else ""


def _by_kind(pairs: Iterable[tuple[str, str]]) -> dict[str, set[UUID]]:
    found = defaultdict[str, set[UUID]](set)
    for kind, id in pairs:
        if uuid := parse_uuid(id):
            found[kind].add(uuid)
    return found


def _people(admins: set[UUID], customers: set[UUID]) -> dict[str, str]:
    named = Admin.objects.filter(uuid__in=admins).order_by().values_list("uuid", "name")
    mailed = Customer.objects.filter(uuid__in=customers).order_by().values_list("uuid", "email")
    return {str(uuid): name for uuid, name in named.union(mailed, all=True)}


def _existing(resources: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    parts = []
    for name, ids in _by_kind(resources).items():
        kind = KINDS.get(name)
        if kind and kind.route and kind.model:
            rows = kind.model._default_manager.filter(uuid__in=ids).order_by().annotate(found=Value(name))
            parts.append(rows.values_list("found", "uuid"))
    if not parts:
        return set()
    first, *others = parts
    return {(name, str(uuid)) for name, uuid in first.union(*others, all=True)}


def moments(span: DateSpan) -> tuple[datetime | None, datetime | None]:
    """The first moment of the span's days and the first after them, in the reader's zone."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(span.start, time(), zone) if span.start else None
    return start, datetime.combine(span.end + timedelta(days=1), time(), zone) if span.end else None
