"""A customer's data handed out, a customer deleted, and the log of both."""

from uuid import UUID

from django.db.models import Sum
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.privacy import services
from keyturn.operations.privacy.formats import FORMATS
from keyturn.people.customers.models import Customer
from keyturn.platform.preferences import services as preferences
from keyturn.portals.admin.compliance_list import COMPLIANCE, ComplianceSource
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses


@page(Permission.EXPORT_CUSTOMERS, "GET", "POST")
def export(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask for the format; then the file."""
    customer = get_object_or_404(Customer, uuid=uuid)
    if request.method == "POST":
        file = services.export(request.actor, customer, request.POST.get("format", "json"))
        response = HttpResponse(file.content, content_type=file.content_type)
        response["Content-Disposition"] = f'attachment; filename="{file.name}"'
        response["Cache-Control"] = "no-store"
        return response
    context: dict[str, object] = {"customer": customer, "url": request.path, "formats": FORMATS.values()}
    return responses.dialog(request, "admin/customers/export.html", context)


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
    owned = License.objects.of(customer).order_by()
    total, in_use = owned.count(), owned.filter(status__in=(Status.ASSIGNED, Status.ACTIVE)).count()
    context: dict[str, object] = {
        "customer": customer,
        "url": request.path,
        "refusal": refusal,
        "release": preferences.text("customers.on_delete") == "release",
        "licenses": total,
        "in_use": in_use,
        "stopped": total - in_use,
        "devices": owned.aggregate(devices=Sum("active_devices", default=0))["devices"],
    }
    return responses.dialog(request, "admin/customers/delete.html", context, refused=bool(refusal))


@page(Permission.VIEW_LOGS)
def compliance(request: AdminRequest) -> HttpResponse:
    """Every export and deletion, newest first."""
    return COMPLIANCE.respond(request, ComplianceSource(), {"section": "Customers"})


@page(Permission.EXPORT_CUSTOMERS)
def compliance_export(request: AdminRequest) -> HttpResponseBase:
    """The log as a file."""
    return download(request, COMPLIANCE, ComplianceSource().all(COMPLIANCE.state(request)))
