"""Importing licenses: the upload, the dry run, the import, what was left out."""

from itertools import chain, islice
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.operations.imports import passes, report, services
from keyturn.operations.imports.models import Import
from keyturn.platform.jobs.services import progress, worker_missing
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.imports import ImportForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.lists.export import ExportField, as_csv
from keyturn.portals.ui.toasts import notify

SECTION = "Licenses"
RECENT, SAMPLE, FAULTS_SHOWN = 10, 5, 50
EXAMPLE = (
    "license_key,product_uuid,generator_uuid,customer_email,customer_name,activation_limit,expires_at\r\n"
    "PRO-7K3M-9XQD-2WHN-8WZC,Pro App,,jane@example.com,Jane Doe,3,2031-12-31\r\n"
    "PRO-4HTV-6RBJ-3PLF-9ADE,Pro App,,,,-1,never\r\n"
)


@page(Permission.MANAGE_LICENSES, "GET", "POST")
def upload(request: AdminRequest) -> HttpResponse:
    """Take a file and check it: a small one at once, a large one in the background."""
    posted = request.method == "POST"
    form = ImportForm(request.POST if posted else None, request.FILES if posted else None, actor=request.actor)
    if posted and form.is_valid():
        try:
            made = _read(request, form.cleaned_data)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return redirect("admin:import", uuid=made.uuid)
    recent = Import.objects.in_scope(request.actor).exclude(status=Import.Status.READING).order_by("-created_at")
    context = {"section": SECTION, "form": form, "recent": recent[:RECENT]}
    return render(request, "admin/imports/upload.html", context, status=422 if posted else 200)


@page(Permission.MANAGE_LICENSES)
def example(request: AdminRequest) -> HttpResponse:
    """A file to start from."""
    headers = {"Content-Disposition": 'attachment; filename="licenses-example.csv"'}
    return HttpResponse(EXAMPLE, content_type="text/csv; charset=utf-8", headers=headers)


@page(Permission.MANAGE_LICENSES)
@never_cache
def show(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Where an import stands; the part that changes is asked for again while it is busy."""
    of = _find(request, uuid)
    job = progress(of.job) if of.job and of.busy else None
    context = {
        "section": SECTION,
        "of": of,
        "failed": job if job and job.status == "failed" else None,
        "stuck": job is not None and job.status == "queued" and worker_missing(),
        "columns": of.columns.items(),
        "twin": services.twin(of) if of.status == Import.Status.CHECKED else None,
        "sample": [] if of.busy else list(islice(services.rows_from(of, 0), SAMPLE)),
        "faults": [] if of.busy else of.faults.order_by("line", "pk")[:FAULTS_SHOWN],
    }
    piece = request.headers.get("HX-Target") == "import-state"
    return render(request, "admin/imports/_state.html" if piece else "admin/imports/show.html", context)


@page(Permission.MANAGE_LICENSES, "POST")
def start(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Import what was checked."""
    services.start(request.actor, _find(request, uuid))
    return redirect("admin:import", uuid=uuid)


@page(Permission.MANAGE_LICENSES, "POST")
def resume(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Go on with what a failed job left."""
    services.resume(request.actor, _find(request, uuid))
    return redirect("admin:import", uuid=uuid)


@page(Permission.MANAGE_LICENSES, "POST")
def discard(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Forget the file."""
    services.discard(request.actor, _find(request, uuid))
    notify(request, "File discarded. Nothing was imported.")
    return redirect("admin:license_import")


@page(Permission.MANAGE_LICENSES)
def faulty(request: AdminRequest, uuid: UUID) -> HttpResponseBase:
    """The rows that were left out, with the reasons, to be corrected and sent again."""
    of = _find(request, uuid)
    fields = (
        *(ExportField(name, lambda row, name=name: row.values.get(name, "")) for name in report.fields(of)),  # type: ignore[misc]
        ExportField("line", "line"),
        ExportField("reason", "reason"),
    )
    lines = chain(["\ufeff"], as_csv(fields, report.faulty(of)))
    headers = {"Content-Disposition": f'attachment; filename="faulty-rows-{of.created_at:%Y-%m-%d}.csv"'}
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={**headers, "Cache-Control": "no-store"}
    )


def _find(request: AdminRequest, uuid: UUID) -> Import:
    return get_object_or_404(Import.objects.in_scope(request.actor), uuid=uuid)


def _read(request: AdminRequest, given: dict[str, Any]) -> Import:
    file = given["file"]
    made = services.upload(
        request.actor,
        file.file,
        file.name,
        product=given["product"],
        generator=given["generator"],
        notify=given["notify"],
    )
    if made.rows <= services.AT_ONCE:
        passes.check(made)
    else:
        services.check_later(request.actor, made)
    return made
