"""The audit trail: every change, with its values before and after (LOG-15 to LOG-18)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.core.ids import parse_uuid
from keyturn.core.search import newest
from keyturn.core.search.newest import Combined, Condition, Newest
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.audit.registry import EVENTS, name_of
from keyturn.portals.admin.records import KINDS, Names, kind_label, moments
from keyturn.portals.ui.lists import (
    Column,
    DateRange,
    Empty,
    Export,
    ExportField,
    Linked,
    ListPage,
    ListState,
    NewestSource,
    Preset,
    Select,
)

_NAMED = frozenset({"webhook", "job", "email_template", "settings", "retention"})
_ACTORS = {"admin": "Admin", "customer": "Customer", "api_key": "API key", "system": "System"}
# As in the indexes audit_kinds and audit_actor.
_KINDS = ("actor_kind", "subject_kind", "action")


@dataclass
class AuditRow:
    """An event with its author's name, the reason that was given, and where it was done from."""

    event: AuditEvent
    by: str = ""
    url: str = ""
    note: str = ""
    ip: str = ""

    @property
    def author(self) -> tuple[str, str, str]:
        """See records.Doing."""
        return self.event.actor_kind, self.event.actor_id, self.event.actor_label

    @property
    def resource(self) -> tuple[str, str]:
        """See records.Doing."""
        return self.event.subject_kind, self.event.subject_id

    @property
    def actor_kind(self) -> str:
        """What the author is."""
        return _ACTORS.get(self.event.actor_kind, self.event.actor_kind)

    @property
    def kind(self) -> str:
        """What the resource is."""
        return kind_label(self.event.subject_kind)

    @property
    def label(self) -> str:
        """The event in words."""
        return name_of(self.event.action, self.event.changes).label

    @property
    def note_label(self) -> str:
        """What the note is: what the resource was called where it may be gone, else why it was done."""
        return "Name" if self.event.subject_kind in _NAMED else "Reason"

    @property
    def href(self) -> str:
        """The entry's own page."""
        return reverse("admin:audit_entry", args=[self.event.uuid])

    def compared(self) -> Iterator[tuple[str, str, str]]:
        """Field, value before and value after."""
        for name, value in self.event.changes.items():
            if isinstance(value, list) and len(value) == 2:
                yield _words(name), _text(value[0]), _text(value[1])

    def told(self) -> Iterator[tuple[str, str]]:
        """What else was recorded, by name."""
        for name, value in self.event.changes.items():
            if not (isinstance(value, list) and len(value) == 2):
                yield _words(name), _text(value)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize() if "." not in name else name


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def audit_rows(events: Sequence[AuditEvent], actor: Actor) -> list[AuditRow]:
    """Events with the names and personal data that can still be read."""
    personal = audit.opened(events)
    rows = [
        AuditRow(
            event,
            note=event.note or personal.get(event.pk, {}).get("note", ""),
            ip=event.ip or personal.get(event.pk, {}).get("ip", ""),
        )
        for event in events
    ]
    names = Names(rows, actor)
    for row in rows:
        row.by, row.url = names.author(row), names.url(row)
    return rows


def audit_source(actor: Actor) -> NewestSource[AuditEvent, AuditRow]:
    """Events of the actor's environment, and those of the whole installation."""
    return NewestSource(AuditEvent, lambda state: asked(actor, state), lambda events: audit_rows(events, actor))


def asked(actor: Actor, state: ListState) -> Newest:
    """The events that a state of the list wants."""
    filters = list(newest.between(*moments(state.span("at"))))
    by, who = state.chosen("actor"), state.chosen("actor_id")
    chosen = {"actor_kind": by if by in _ACTORS else "", "subject_kind": state.chosen("type")}
    chosen |= {"action": state.chosen("action")}
    wanted = {column: (value,) for column, value in chosen.items() if value}
    people = {one for one in (who, by) if one and one not in _ACTORS}
    record = parse_uuid(state.search) or parse_uuid(state.chosen("record"))
    branches: tuple[Condition | Combined, ...] = ()
    if record is not None:
        narrowed = [wanted, *({"actor_id": (one,)} for one in people)]
        filters += [Combined(_KINDS, one).plain() for one in narrowed if one]
        branches = tuple(
            newest.equals(column, str(record) if column == "subject_id" else newest.uuid_value(record), alone=True)
            for column in ("subject_id", "license_uuid", "customer_uuid")
        )
    elif state.search or len(people) > 1:
        filters.append(Condition("1=0"))
    elif people:
        branches = (Combined(_KINDS, wanted, newest.equals("actor_id", people.pop(), alone=True)),)
    elif wanted:
        branches = (Combined(_KINDS, wanted),)
    return Newest("audit_events", (actor.environment, ""), tuple(filters), branches)


def _actors(request: HttpRequest) -> list[tuple[str, str]]:
    people = Admin.objects.order_by("name").values_list("uuid", "name")[:200]
    return [*((kind, f"Any {label}") for kind, label in _ACTORS.items()), *((str(uuid), name) for uuid, name in people)]


def _person(request: HttpRequest, value: str) -> str | None:
    uuid = parse_uuid(value)
    if uuid is None:
        return None
    named = Customer.objects.filter(uuid=uuid).values_list("email", flat=True).first()
    return named or ApiKey.objects.filter(uuid=uuid).values_list("name", flat=True).first() or value


def _record(request: HttpRequest, value: str) -> str | None:
    return value if parse_uuid(value) else None


AUDIT = ListPage(
    name="audit-trails",
    title="Audit Trail",
    noun=("entry", "entries"),
    intro="Every change, for ever. Nobody can alter or remove an entry, and a chain of seals would show it.",
    columns=(
        Column(
            "Time", "admin/audit/_time_cell.html", sort="time", orders=("Oldest first", "Newest first"), slot="line"
        ),
        Column("Actor", "admin/audit/_actor_cell.html"),
        Column("Action", "admin/audit/_action_cell.html", slot="title"),
        Column("Resource", "admin/logs/_resource_cell.html", slot="end"),
        Column("Resource ID", "admin/audit/_id_cell.html", css="quiet"),
        Column("IP Address", "admin/audit/_ip_cell.html", css="quiet"),
        Column("Actions", "admin/audit/_view_cell.html", slot="off", css="end", head_css="end", hidden_label=True),
    ),
    default_sort="-time",
    search="Resource ID",
    searched="Entries about the resource with exactly this ID were looked for.",
    filters=(
        Select("actor", "Actor", _actors, every="Anybody"),
        Select(
            "action",
            "Action",
            [(name, name) for name in sorted({one.action for one in EVENTS})],
            every="All Actions",
        ),
        Select("type", "Resource", [(name, kind.label) for name, kind in KINDS.items()], every="All Resources"),
        Linked("record", "Record", _record),
        Linked("actor_id", "By", _person),
        DateRange(
            "at",
            "Date",
            (
                Preset("today", "Today", 0, 0),
                Preset("7-days", "Last 7 days", -6, 0),
                Preset("30-days", "Last 30 days", -29, 0),
            ),
        ),
    ),
    per_page=(20, 10, 50, 100),
    row_href=lambda row: row.href,
    row_id=lambda row: str(row.event.uuid),
    row_label=lambda row: row.label,
    actions="admin/audit/_head_actions.html",
    export=Export(
        "admin:audit_export",
        (
            ExportField("Time", lambda row: row.event.at.isoformat(timespec="milliseconds")),
            ExportField("Entry ID", lambda row: str(row.event.uuid)),
            ExportField("Environment", "event.environment"),
            ExportField("Actor Type", "event.actor_kind"),
            ExportField("Actor ID", "event.actor_id"),
            ExportField("Actor", "by"),
            ExportField("Action", "event.action"),
            ExportField("Resource Type", "event.subject_kind"),
            ExportField("Resource ID", "event.subject_id"),
            ExportField("Changes", lambda row: json.dumps(row.event.changes, ensure_ascii=False)),
            ExportField("Reason", "note"),
            ExportField("IP Address", "ip"),
            ExportField("Request ID", "event.request_id"),
        ),
        more=(("signed", "Signed, for proof"),),
    ),
    empty=Empty("No entries yet", "Whatever admins, customers and programs change is recorded here.", "history"),
)
