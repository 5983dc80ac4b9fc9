"""Older entries of a customer's activity, put below those that are shown."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from keyturn.access.permissions import Permission
from keyturn.core.ids import parse_uuid
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.timeline import COUNTED, timeline


@page(Permission.VIEW_CUSTOMERS)
def activity(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The entries older than the event that `before` names."""
    customer, before = get_object_or_404(Customer, uuid=uuid), parse_uuid(request.GET.get("before", ""))
    found = timeline(request.actor, customer, request.GET.get("activity", ""), before)
    context = {"customer": customer, "timeline": found, "counted": COUNTED, "older": True}
    return render(request, "admin/customers/_activity_older.html", context)
