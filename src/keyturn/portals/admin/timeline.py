"""A customer's activity as people read it: what happened, to what, and who did it (CUS-15)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from keyturn.access.actors import Actor
from keyturn.core.ids import parse_uuid
from keyturn.core.text import mask_key
from keyturn.licensing.licenses.models import License
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.audit.registry import KINDS, name_of

SHOWN = 20
COUNTED = 1000
_ICONS = {
    "created": "sparkles",
    "assigned": "user-plus",
    "reassigned": "arrow-right-left",
    "unassigned": "undo-2",
    "suspended": "circle-pause",
    "reactivated": "circle-play",
    "renewed": "calendar-plus",
    "expired": "clock",
    "revoked": "ban",
    "license_changed": "pencil",
    "key": "eye",
    "activated": "monitor-check",
    "deactivated": "monitor-off",
    "offline": "file-down",
    "invitation": "mail",
    "password_requested": "key-square",
    "password_changed": "key-square",
    "email_verified": "badge-check",
    "sign_in": "log-in",
    "two_factor": "shield-check",
    "download": "download",
    "data_exported": "file-down",
    "profile": "pencil",
    "viewed_as": "external-link",
    "status": "toggle-right",
    "email": "mail",
}
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `by` says who did it, in words."""

    icon: str
    text: SafeString
    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Timeline:
    """A page of entries; `last` is the event to ask for older ones with, None when there are none."""

    entries: Sequence[Entry]
    kind: str
    total: int
    last: UUID | None

    @property
    def capped(self) -> bool:
        """Whether nobody counted further."""
        return self.total > COUNTED

    @property
    def kinds(self) -> Iterable[tuple[str, str]]:
        """The filter's options."""
        return KINDS.items()


def timeline(actor: Actor, customer: Customer, kind: str = "", before: UUID | None = None) -> Timeline:
    """The newest entries of a customer, or those older than the event `before`; unknown kinds mean all."""
    rows = AuditEvent.objects.timeline(customer.uuid, kind)
    part = rows
    if before is not None and (cursor := rows.filter(uuid=before).first()) is not None:
        part = rows.older_than(cursor)
    events = list(part[: SHOWN + 1])
    more, events = len(events) > SHOWN, events[:SHOWN]
    total = rows.order_by()[: COUNTED + 1].count() if more or before else len(events)
    wording = _Wording(actor, customer, events)
    last = events[-1].uuid if more else None
    return Timeline([wording.entry(event) for event in events], kind if kind in KINDS else "", total, last)


class _Wording:
    """Names of whatever some events speak of, each looked up once."""

    def __init__(self, actor: Actor, customer: Customer, events: Sequence[AuditEvent]) -> None:
        self.customer = customer
        self.personal = audit.personal_data_of(customer.uuid, events)
        licenses = License.objects.in_scope(actor).filter(uuid__in={event.license_uuid for event in events})
        self.licenses = {license.uuid: license for license in licenses}
        self.admins = names_of_admins(event.actor_id for event in events if event.actor_kind == "admin")
        others = (uuid for event in events for uuid in (event.changes.get("customer") or ()) if uuid)
        self.others = {row.uuid: row for row in Customer.objects.filter(uuid__in=set(others))}

    def entry(self, event: AuditEvent) -> Entry:
        """One event in words."""
        name = name_of(event.action, event.changes)
        words = _PLACE.sub(partial(self._placed, event), escape(name.text or name.label))
        return Entry(
            _ICONS[name.kind],
            SafeString(words),
            event.note or self.personal.get(event.pk, {}).get("note", ""),
            author(event, self.admins, str(self.customer)),
            event.at,
        )

    def _placed(self, event: AuditEvent, place: re.Match[str]) -> str:
        known = {"license": self._license, "device": self._device, "owner": self._owner}
        word = place[1]
        return str(known[word](event) if word in known else format_html("{}", _value(event.changes.get(word))))

    def _license(self, event: AuditEvent) -> SafeString:
        product, start = event.changes.get("product", "a license"), event.changes.get("key", "")
        license = self.licenses.get(event.license_uuid) if event.license_uuid else None
        if license is None:
            return format_html('<b class="font-semibold">{}</b> <span class="mono">{}…</span>', product, start)
        return format_html(
            '<b class="font-semibold">{}</b> <a class="mono link" href="{}">{}</a>',
            product,
            reverse("admin:license", args=[license.uuid]),
            mask_key(license.license_key).replace("••••-••••", "…").replace("••••", "…"),
        )

    def _device(self, event: AuditEvent) -> SafeString:
        identifier = self.personal.get(event.pk, {}).get("identifier", "")
        return format_html('<span class="mono wrap-anywhere">{}</span>', identifier or "a device")

    def _owner(self, event: AuditEvent) -> SafeString:
        ids = [uuid for one in event.changes.get("customer") or () if (uuid := parse_uuid(one or ""))]
        other = next((self.others[one] for one in ids if one != self.customer.uuid and one in self.others), None)
        if other is None:
            return SafeString("another customer")
        return format_html(
            '<a class="link" href="{}">{}</a>', reverse("admin:customer", args=[other.uuid]), other.email
        )


def author(event: AuditEvent, admins: Mapping[str, str], customer: str) -> str:
    """Who did it, in words; `admins` as from names_of_admins."""
    if event.actor_kind == "admin":
        return f"{admins.get(event.actor_id, 'Deleted Admin')} (admin)"
    if event.actor_kind == "customer":
        return f"{customer} (customer)"
    if event.actor_kind == "api_key":
        return f"{event.actor_label} (API key)"
    return "the system"


def names_of_admins(ids: Iterable[str]) -> dict[str, str]:
    """The names of those admins that still exist, by UUID."""
    wanted = {uuid for one in ids if (uuid := parse_uuid(one))}
    return {str(row.uuid): row.name for row in Admin.objects.filter(uuid__in=wanted)}


def _value(value: Any) -> str:
    """The new value of a change, or a plain member, in words."""
    value = value[-1] if isinstance(value, list) and value else value
    return str(value if value is not None else "–").replace("_", " ")
