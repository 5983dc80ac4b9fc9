"""The list of customers, the page of each, and what is edited there."""

from uuid import UUID

from django.forms import Form
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid, Refused
from keyturn.people.customers import services
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.customer_list import CUSTOMERS, CustomerSource
from keyturn.portals.admin.customer_page import contents
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.forms.customers import NameForm, StatusForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors

SECTION = "Customers"


@page(Permission.VIEW_CUSTOMERS)
def customers(request: AdminRequest) -> HttpResponse:
    """Everyone who owns a license."""
    context = {"section": SECTION, "may_see_log": may(request.actor, Permission.VIEW_LOGS)}
    return CUSTOMERS.respond(request, CustomerSource(), context)


@page(Permission.EXPORT_CUSTOMERS)
def export(request: AdminRequest) -> HttpResponseBase:
    """The customers of a search as a file."""
    return download(request, CUSTOMERS, CustomerSource().all(CUSTOMERS.state(request)))


@page(Permission.VIEW_CUSTOMERS)
def customer(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One customer with his licenses and devices."""
    found = get_object_or_404(Customer, uuid=uuid)
    return render(
        request, "admin/customers/detail.html", {"section": SECTION, "customer": found, **contents(request, found)}
    )


@page(Permission.MANAGE_CUSTOMERS, "GET", "POST")
def name(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The full name, edited in its place."""
    found, posted = get_object_or_404(Customer, uuid=uuid), request.method == "POST"
    form = NameForm(request.POST if posted else None, initial={"name": found.name, "version": found.version})
    if posted and form.is_valid():
        try:
            services.rename(request.actor, _as_read(found, form), form.cleaned_data["name"])
        except (Invalid, Refused) as refusal:
            _explain(form, refusal)
        else:
            return responses.done(request, "Name saved")
    context: dict[str, object] = {"form": form, "customer": found, "url": request.path}
    return responses.dialog(request, "admin/customers/_name_form.html", context, refused=posted)


@page(Permission.MANAGE_CUSTOMERS, "GET", "POST")
def status(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Let a customer in or keep him out, with the reason."""
    found, posted = get_object_or_404(Customer, uuid=uuid), request.method == "POST"
    form = StatusForm(request.POST if posted else None, initial={"status": found.status, "version": found.version})
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            services.set_status(request.actor, _as_read(found, form), given["status"], reason=given["reason"])
        except (Invalid, Refused) as refusal:
            _explain(form, refusal)
        else:
            return responses.done(request, f"Account is {given['status']}")
    context: dict[str, object] = {"form": form, "customer": found, "url": request.path}
    return responses.dialog(request, "admin/customers/status.html", context, refused=posted)


def _as_read(found: Customer, form: Form) -> Customer:
    # The service refuses when the record has moved on from what this admin saw.
    found.version = form.cleaned_data["version"]
    return found


def _explain(form: Form, refusal: Invalid | Refused) -> None:
    if isinstance(refusal, Invalid):
        add_errors(form, refusal)
    else:
        form.add_error(None, refusal.message)
