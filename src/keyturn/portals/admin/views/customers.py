"""The list of customers and the page of each."""

from uuid import UUID

from django.http import HttpResponse

from keyturn.access.permissions import Permission
from keyturn.portals.admin.customer_list import CUSTOMERS, CustomerSource
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest


@page(Permission.VIEW_CUSTOMERS)
def customers(request: AdminRequest) -> HttpResponse:
    """Everyone who owns a license."""
    return CUSTOMERS.respond(request, CustomerSource(), {"section": "Customers"})


@page(Permission.VIEW_CUSTOMERS)
def customer(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One customer."""
    return HttpResponse(str(uuid))
