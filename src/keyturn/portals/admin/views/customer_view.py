"""View as Customer."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from keyturn.access.permissions import Permission
from keyturn.people.customers.models import Customer
from keyturn.people.signin import viewing
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest


@page(Permission.MANAGE_CUSTOMERS, "POST")
def view_as(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Open the Client Portal as a customer sees it; the page asks for it in a tab of its own."""
    viewing.start(request, request.actor, request.admin, get_object_or_404(Customer, uuid=uuid))
    return redirect("client:dashboard")
