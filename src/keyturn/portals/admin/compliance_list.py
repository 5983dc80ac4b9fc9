"""The compliance log: who was given or deleted whose data, and when (CUS-44)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from keyturn.access.permissions import Permission, may
from keyturn.core.ids import parse_uuid
from keyturn.operations.privacy.models import ComplianceRecord, Kind
from keyturn.people.admins.models import Admin
from keyturn.platform.audit import services as audit
from keyturn.portals.ui.lists import (
    Column,
    DateRange,
    DateSpan,
    Empty,
    Export,
    ExportField,
    ListPage,
    Preset,
    QuerySetSource,
    Select,
    ShownSource,
)


@dataclass(frozen=True)
class ComplianceRow:
    """A record, with the names that can still be read."""

    record: ComplianceRecord
    name: str
    email: str
    by: str


def compliance_source() -> ShownSource[ComplianceRecord, ComplianceRow]:
    """Records with the people they name."""
    records = QuerySetSource(
        ComplianceRecord.objects.all(), sorts={"requested": "requested_at"}, filters={"requested": _between}
    )
    return ShownSource(records, _named)


def _named(records: Sequence[ComplianceRecord]) -> list[ComplianceRow]:
    opened = iter(audit.unseal_many([(one.customer_uuid, one.sealed) for one in records if one.sealed]))
    ids = {uuid for one in records if one.actor_kind == "admin" and (uuid := parse_uuid(one.actor_id))}
    admins = {str(uuid): name for uuid, name in Admin.objects.filter(uuid__in=ids).values_list("uuid", "name")}
    rows = []
    for one in records:
        person = next(opened) if one.sealed else {}
        by = admins.get(one.actor_id, "Deleted Admin") if one.actor_kind == "admin" else one.actor_kind.title()
        gone = f"Deleted Customer #{one.customer_uuid}"
        rows.append(ComplianceRow(one, person.get("name", "") if person else gone, person.get("email", ""), by))
    return rows


def _between(rows: QuerySet[ComplianceRecord], span: DateSpan) -> QuerySet[ComplianceRecord]:
    zone = timezone.get_current_timezone()
    if span.start:
        rows = rows.filter(requested_at__gte=datetime.combine(span.start, time(), zone))
    if span.end:
        rows = rows.filter(requested_at__lt=datetime.combine(span.end + timedelta(days=1), time(), zone))
    return rows


def _may_export(request: HttpRequest) -> bool:
    return may(request.actor, Permission.EXPORT_CUSTOMERS)  # type: ignore[attr-defined]


COMPLIANCE = ListPage(
    name="compliance",
    title="Compliance log",
    noun=("record", "records"),
    intro="Every export of a customer's data, and every deletion. Nobody can change it.",
    columns=(
        Column("Customer", "admin/compliance/_customer_cell.html", slot="title"),
        Column("Kind", lambda row: row.record.get_kind_display(), slot="end"),
        Column("Requested", "record.requested_at", sort="requested", orders=("Oldest first", "Newest first")),
        Column("Delivered", "record.delivered_at", slot="line-end", css="quiet"),
        Column("Method", lambda row: row.record.get_delivery_display(), slot="line"),
        Column("Format", lambda row: row.record.format.upper(), css="quiet"),
        Column("By", "by"),
    ),
    default_sort="-requested",
    filters=(
        Select("kind", "Kind", Kind.choices),
        DateRange("requested", "Requested", (Preset("30-days", "Last 30 days", -30, 0),)),
    ),
    row_id=lambda row: str(row.record.uuid),
    row_label=lambda row: row.name or row.email,
    export=Export(
        "admin:compliance_export",
        (
            ExportField("Record", lambda row: str(row.record.uuid)),
            ExportField("Customer UUID", lambda row: str(row.record.customer_uuid)),
            ExportField("Customer Name", "name"),
            ExportField("Customer Email", "email"),
            ExportField("Kind", "record.kind"),
            ExportField("Format", "record.format"),
            ExportField("Requested", "record.requested_at"),
            ExportField("Delivered", "record.delivered_at"),
            ExportField("Method", "record.delivery"),
            ExportField("By", "by"),
            ExportField("Note", "record.note"),
        ),
        allowed=_may_export,
    ),
    empty=Empty(
        "Nothing yet",
        "Exports of customer data and deletions are listed here, by whom and when.",
        "shield-check",
    ),
)
