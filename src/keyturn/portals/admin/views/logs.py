"""The system log and the audit trail: lists, entries, downloads."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from keyturn.access.permissions import Permission
from keyturn.core import clock
from keyturn.core.ids import parse_uuid
from keyturn.operations.evidence import exporting
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import LogEntry
from keyturn.portals.admin.audit_list import AUDIT, AuditRow, audit_rows, audit_source
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.log_list import LOGS, log_source
from keyturn.portals.admin.log_rows import log_rows
from keyturn.portals.admin.sessions import AdminRequest


@page(Permission.VIEW_LOGS)
def logs(request: AdminRequest) -> HttpResponse:
    """The system log."""
    return LOGS.respond(request, log_source(request.actor), {"section": "Logs"})


@page(Permission.VIEW_LOGS)
def logs_export(request: AdminRequest) -> HttpResponseBase:
    """The filtered entries as a file."""
    return download(request, LOGS, log_source(request.actor).all(LOGS.state(request)))


@page(Permission.VIEW_LOGS)
def log_entry(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One entry: a panel over the list, or a page of its own."""
    found = get_object_or_404(LogEntry.objects.in_scope(request.actor.environment), uuid=uuid)
    (row,) = log_rows([found], request.actor)
    return render(request, f"admin/logs/{_form(request)}.html", {"section": "Logs", "row": row})


@page(Permission.VIEW_LOGS)
def audit(request: AdminRequest) -> HttpResponse:
    """The audit trail."""
    return AUDIT.respond(request, audit_source(request.actor), {"section": "Audit Trail"})


@page(Permission.VIEW_LOGS)
def audit_export(request: AdminRequest) -> HttpResponseBase:
    """The filtered events as a file, or as one that proves itself."""
    rows = audit_source(request.actor).all(AUDIT.state(request))
    return _signed(request, rows) if request.GET.get("format") == "signed" else download(request, AUDIT, rows)


def _signed(request: AdminRequest, rows: Iterable[AuditRow]) -> HttpResponseBase:
    name = f"{AUDIT.name}-{clock.now():%Y-%m-%d}"
    state = AUDIT.state(request)
    filters = {name: str(value) for name, value in state.filters.items()}
    record = str(parse_uuid(state.search) or "")
    selection = {"environment": request.actor.environment, "filters": filters, "record": record}
    parts = exporting.archive(request.actor, f"{name}.jsonl", (row.event for row in rows), selection)
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(parts, content_type="application/zip", headers=headers)


@page(Permission.VIEW_LOGS)
def audit_entry(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One event with its values before and after."""
    found = get_object_or_404(_events(request), uuid=uuid)
    (row,) = audit_rows([found], request.actor)
    return render(request, f"admin/audit/{_form(request)}.html", {"section": "Audit Trail", "row": row})


def _events(request: AdminRequest) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(environment__in=[request.actor.environment, ""])


def _form(request: HttpRequest) -> str:
    return "panel" if request.headers.get("HX-Target") == "dialogs" else "detail"
