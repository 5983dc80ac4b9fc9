"""Deliveries: the list, one attempt with request and answer, and sending again."""

from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from keyturn.access.permissions import Permission
from keyturn.platform.webhooks import services
from keyturn.platform.webhooks.models import Delivery
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.webhook_delivery_list import DELIVERIES, delivery_source
from keyturn.portals.admin.webhook_delivery_page import DeliveryPage
from keyturn.portals.ui.toasts import notify

SECTION = "Webhooks"


@page(Permission.MANAGE_WEBHOOKS)
def deliveries(request: AdminRequest) -> HttpResponse:
    """Every attempt, newest first."""
    return DELIVERIES.respond(request, delivery_source(), {"section": SECTION})


@page(Permission.MANAGE_WEBHOOKS)
def export(request: AdminRequest) -> HttpResponseBase:
    """The filtered attempts as a file, without what was sent."""
    rows = delivery_source().ordered(DELIVERIES.state(request))
    return download(request, DELIVERIES, rows.iterator(chunk_size=500))


@page(Permission.MANAGE_WEBHOOKS)
def delivery(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One attempt; asks for itself again while it waits."""
    found = get_object_or_404(Delivery.objects.select_related("event", "webhook"), uuid=uuid)
    context = {"section": SECTION, "shown": DeliveryPage(found), "delivery": found}
    return render(request, "admin/webhook_deliveries/detail.html", context)


@page(Permission.MANAGE_WEBHOOKS, "POST")
def retry(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Send a failed delivery again at once."""
    again = services.retry(request.actor, get_object_or_404(Delivery, uuid=uuid))
    notify(request, "Sending again")
    return redirect("admin:webhook_delivery", again.uuid)
