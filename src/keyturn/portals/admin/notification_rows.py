"""Notifications as the bell and the page show them, and where their links lead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.models import Notification
from keyturn.platform.webhooks.models import Webhook

_ICONS: Final = {
    Type.SYSTEM: "triangle-alert",
    Type.LICENSE: "key-round",
    Type.SECURITY: "shield-alert",
    Type.TELEMETRY: "flag",
    Type.INTEGRATION: "webhook",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A notification with the names that its texts leave room for; without `href` it leads nowhere."""

    line: Notification
    title: str
    body: str
    href: str

    @property
    def icon(self) -> str:
        """The picture of its type."""
        return _ICONS[Type(self.line.type)]


def rows_of(lines: Iterable[Notification]) -> list[Row]:
    """Notifications ready to be shown; the people in them are looked up together."""
    lines = list(lines)
    named = {line.person for line in lines if line.person}
    customers: dict[UUID, str] = dict(
        Customer.objects.filter(uuid__in=named, erased_at=None).values_list("uuid", "email")
    )
    admins: dict[UUID, str] = dict(Admin.objects.present().filter(uuid__in=named).values_list("uuid", "name"))

    def filled(text: str, person: UUID | None) -> str:
        text = text.replace("{customer}", customers.get(person, "Deleted Customer") if person else "a customer")
        return text.replace("{admin}", admins.get(person, "Deleted Admin") if person else "an admin")

    return [Row(line, filled(line.title, line.person), filled(line.body, line.person), _href(line)) for line in lines]


@dataclass(frozen=True, slots=True)
class Target:
    """What a kind of link leads to. `rows` finds the thing, whose `noun` says what is gone."""

    route: str
    permission: Permission
    noun: str = ""
    rows: QuerySet[Any] | None = None
    query: str = ""
    # Whether its page shows one environment alone.
    scoped: bool = False


TARGETS: Final = {
    "license": Target("license", Permission.VIEW_LICENSES, "license", License.objects.all(), scoped=True),
    "product": Target("product", Permission.VIEW_CATALOG, "product", Product.objects.all(), scoped=True),
    # Lines that were written since name a day: `ending:2026-01-31`.
    "ending": Target("licenses", Permission.VIEW_LICENSES, query="?expires=30-days&sort=expires", scoped=True),
    "dashboard": Target("dashboard", Permission.USE_PORTAL, scoped=True),
    "api_key": Target("api_key_edit", Permission.MANAGE_API_KEYS, "API key", ApiKey.objects.all()),
    "webhook": Target("webhook_edit", Permission.MANAGE_WEBHOOKS, "webhook", Webhook.objects.all()),
    "deliveries": Target("webhook_deliveries", Permission.MANAGE_WEBHOOKS, query="?status=failed"),
    "admin": Target("admin_edit", Permission.MANAGE_ADMINS, "admin", Admin.objects.present()),
    "jobs": Target("jobs", Permission.MANAGE_JOBS),
    "profile": Target("profile", Permission.USE_PORTAL),
}


def target_of(line: Notification) -> Target | None:
    """Where it leads; None where it leads nowhere."""
    target = TARGETS.get(line.link_kind.partition(":")[0])
    return target if target and _url(target, line) else None


def why_not(actor: Actor, line: Notification, target: Target) -> str:
    """Why `actor` cannot be led there; empty when he can (NTF-07)."""
    if not may(actor, target.permission):
        return "Your role may not open what this notification is about."
    if target.rows is not None and not target.rows.filter(uuid=line.link_uuid).exists():
        return f"The {target.noun} of this notification was deleted."
    return ""


def url_of(line: Notification, target: Target) -> str:
    """The address it leads to."""
    _, _, day = line.link_kind.partition(":")
    if day:
        return f"{_url(target, line)}?{urlencode({'in_use': 'yes', 'expires_from': day, 'expires_to': day})}"
    return _url(target, line) + target.query


def _url(target: Target, line: Notification) -> str:
    args: Sequence[UUID | None] = [line.link_uuid] if target.rows is not None else []
    try:
        return reverse(f"admin:{target.route}", args=args)
    except NoReverseMatch:
        return ""


def _href(line: Notification) -> str:
    return reverse("admin:notification_open", args=[line.uuid]) if target_of(line) else ""
