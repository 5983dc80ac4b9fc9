"""Assign New License: one from stock, or a fresh one from a generator."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from keyturn.access.permissions import Permission, may, require
from keyturn.core.errors import Invalid, Refused
from keyturn.core.ids import parse_uuid
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import lists, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses

SHOWN = 6
_AVAILABLE = lists.Filters(status=Status.AVAILABLE)


@page(Permission.MANAGE_CUSTOMERS, "GET", "POST")
def assign(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The dialog, its search of the stock, and what it does."""
    require(request.actor, Permission.ASSIGN_LICENSES)
    customer, refusal = get_object_or_404(Customer, uuid=uuid), ""
    if request.method == "POST":
        try:
            license = _hand_over(request, customer)
        except (Invalid, Refused) as why:
            refusal = why.message
        else:
            return responses.done(request, f"{license.product.name} license assigned")
    elif request.headers.get("HX-Target") == "stock":
        return render(request, "admin/customers/_stock.html", _stock(request))
    generating = request.POST.get("mode", request.GET.get("mode")) == "generate"
    context = {"customer": customer, "url": request.path, "refusal": refusal, "generating": generating}
    context |= {"generators": _generators(request)} if generating else _stock(request)
    context["may_generate"] = may(request.actor, Permission.MANAGE_LICENSES)
    return responses.dialog(request, "admin/customers/assign.html", context, refused=bool(refusal))


def _hand_over(request: AdminRequest, customer: Customer) -> License:
    if request.POST.get("mode") == "generate":
        chosen = parse_uuid(request.POST.get("generator", ""))
        generator = Generator.objects.ready(request.actor).filter(uuid=chosen).first() if chosen else None
        if generator is None:
            raise Invalid({"generator": ["Choose a generator."]})
        return services.issue(request.actor, generator, customer.email)
    chosen = parse_uuid(request.POST.get("license", ""))
    stock = License.objects.in_scope(request.actor).select_related("product")
    license = stock.filter(uuid=chosen).first() if chosen else None
    if license is None:
        raise Invalid({"license": ["Choose a license."]})
    return services.assign(request.actor, license, customer.email)


def _stock(request: AdminRequest) -> dict[str, object]:
    search = request.GET.get("search", "")
    found = lists.page(request.actor, search, _AVAILABLE, per_page=SHOWN)
    return {"stock": found.rows, "total": found.total, "capped": found.capped, "search": search}


def _generators(request: AdminRequest) -> list[Generator]:
    return list(Generator.objects.ready(request.actor).select_related("product").order_by("product__name", "name"))
