"""Transfer licenses: all or some of a customer's licenses go to another address (CUS-17)."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Changed, Invalid, Refused
from keyturn.core.ids import parse_uuid
from keyturn.core.text import clean_email
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.customer_page import elsewhere
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.customers import TransferForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors

SHOWN = 100


@page(Permission.MANAGE_CUSTOMERS, "GET", "POST")
def transfer(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The dialog, and what it does."""
    require(request.actor, Permission.MANAGE_LICENSES)
    customer, posted = get_object_or_404(Customer, uuid=uuid), request.method == "POST"
    # Mostly it is the same person with another address.
    start = {} if posted else {"name": customer.name, **request.GET.dict()}
    form = TransferForm(request.POST if posted else None, initial=start)
    movable = License.objects.in_scope(request.actor).of(customer).exclude(status=Status.REVOKED)
    total = movable.count()
    if posted and form.is_valid():
        try:
            return _hand_over(request, customer, form.cleaned_data, total)
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    context = {"form": form, "customer": customer, "url": request.path, "total": total, "chosen": _chosen(request)}
    context |= _contents(request, customer)
    context["movable"] = movable.select_related("product").order_by("-created_at", "-pk")[:SHOWN]
    return responses.dialog(request, "admin/customers/transfer.html", context, refused=posted)


def _hand_over(request: AdminRequest, customer: Customer, given: dict[str, Any], total: int) -> HttpResponse:
    everything = given["mode"] == "all"
    if everything and given["expected"] != total:
        raise Changed
    email = clean_email(given["email"])
    only = None if everything else _chosen(request)
    count = services.transfer_all(request.actor, customer, email, name=given["name"], only=only)
    target = Customer.objects.get(email=email)
    owned = License.objects.of(target).count()
    return responses.done(
        request,
        f"{count:,} license{'' if count == 1 else 's'} transferred",
        detail=f"{email} now has {owned:,} license{'' if owned == 1 else 's'}.",
        href=reverse("admin:customer", args=[target.uuid]),
    )


def _chosen(request: AdminRequest) -> set[UUID]:
    return {uuid for one in request.POST.getlist("licenses") if (uuid := parse_uuid(one))}


def _contents(request: AdminRequest, customer: Customer) -> dict[str, object]:
    owned = License.objects.in_scope(request.actor).of(customer)
    return {
        "choosing": request.POST.get("mode", request.GET.get("mode")) == "choose",
        "revoked": owned.filter(status=Status.REVOKED).count(),
        "elsewhere": elsewhere(request.actor, customer),
    }
