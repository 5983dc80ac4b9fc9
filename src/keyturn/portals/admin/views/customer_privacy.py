"""A customer's data handed out, a customer deleted, and the log of both."""

from uuid import UUID

from django.db.models import Sum
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.core.clock import now
from keyturn.core.errors import Invalid
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.traces import with_his_address
from keyturn.operations.privacy import prepared, services
from keyturn.operations.privacy.formats import FORMATS
from keyturn.operations.privacy.models import Delivery, PreparedExport
from keyturn.operations.privacy.prepared import fetch
from keyturn.people.customers.models import Customer
from keyturn.platform.jobs.services import progress, worker_missing
from keyturn.platform.preferences import services as preferences
from keyturn.portals.admin.compliance_list import COMPLIANCE, compliance_source
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses


@page(Permission.EXPORT_CUSTOMERS, "GET", "POST")
def export(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask for the format; then the file."""
    customer = get_object_or_404(Customer, uuid=uuid)
    if request.method == "POST":
        return _export(request, customer, request.POST.get("format", "json"), request.POST.get("delivery", "download"))
    context: dict[str, object] = {"customer": customer, "url": request.path, "formats": FORMATS.values()}
    context["days"] = preferences.get("links.export_days")
    return responses.dialog(request, "admin/customers/export.html", context)


def _export(request: AdminRequest, customer: Customer, format: str, delivery: str) -> HttpResponse:
    if delivery == Delivery.LINK:
        prepared.prepare(request.actor, customer, format, delivery=Delivery.LINK)
        url = reverse("admin:customer", args=[customer.uuid])
        return responses.done_to(request, url, "Export requested", detail="The customer gets a link when it is ready.")
    if prepared.is_large(customer):
        made = prepared.prepare(request.actor, customer, format, delivery=Delivery.DOWNLOAD)
        return redirect("admin:customer_export_state", prepared=made.uuid)
    return _send(services.export(request.actor, customer, format))


@page(Permission.EXPORT_CUSTOMERS, "GET", "POST")
def export_state(request: AdminRequest, prepared: UUID) -> HttpResponse:
    """How far a large export is; then the file."""
    rows = PreparedExport.objects.select_related("customer").filter(expires_at__gt=now())
    made = get_object_or_404(rows.filter(delivery=Delivery.DOWNLOAD), uuid=prepared)
    if request.method == "POST":
        return _send(fetch(request.actor, made))
    found = progress(made.job) if made.job and not made.sealed else None
    running = found is not None and found.status in ("queued", "processing")
    context = {
        "section": "Customers",
        "prepared": made,
        "progress": found,
        "running": running,
        "failure": "" if running or made.sealed else (found.message if found else "") or "Start it again.",
        "stuck": running and worker_missing(),
    }
    return render(request, "admin/customers/export_state.html", context)


def _send(file: services.File) -> HttpResponse:
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Cache-Control"] = "no-store"
    return response


@page(Permission.MANAGE_CUSTOMERS, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Say what will happen; then erase."""
    customer, refusal = get_object_or_404(Customer, uuid=uuid), ""
    if request.method == "POST":
        try:
            services.delete(request.actor, customer, typed=request.POST.get("confirm", ""))
        except Invalid as why:
            refusal = why.message
        else:
            return responses.done_to(request, reverse("admin:customers"), "Customer deleted")
    context: dict[str, object] = {"customer": customer, "url": request.path, "refusal": refusal}
    return responses.dialog(
        request, "admin/customers/delete.html", context | _consequences(customer), refused=bool(refusal)
    )


def _consequences(customer: Customer) -> dict[str, object]:
    owned, release = License.objects.of(customer).order_by(), preferences.text("customers.on_delete") == "release"
    used = owned.filter(status__in=(Status.ASSIGNED, Status.ACTIVE))
    total, in_use, touched = owned.count(), used.count(), used if release else owned
    return {
        "release": release,
        "licenses": total,
        "in_use": in_use,
        "named_keys": with_his_address(customer).count(),
        "stopped": total - in_use,
        "devices": touched.aggregate(devices=Sum("active_devices", default=0))["devices"],
    }


@page(Permission.VIEW_LOGS)
def compliance(request: AdminRequest) -> HttpResponse:
    """Every export and deletion, newest first."""
    return COMPLIANCE.respond(request, compliance_source(), {"section": "Customers"})


@page(Permission.EXPORT_CUSTOMERS)
def compliance_export(request: AdminRequest) -> HttpResponseBase:
    """The log as a file."""
    return download(request, COMPLIANCE, compliance_source().all(COMPLIANCE.state(request)))
