"""Ending devices by hand."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from keyturn.access.permissions import Permission
from keyturn.licensing.licenses import activations
from keyturn.licensing.licenses.models import Activation
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses


@page(Permission.DEACTIVATE, "GET", "POST")
def deactivate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then free the slot of a device (CUS-13)."""
    rows = Activation.objects.in_scope(request.actor).select_related("license__product", "license__customer")
    device = get_object_or_404(rows, uuid=uuid)
    if request.method == "POST":
        activations.end(request.actor, device)
        return responses.done(request, f"{device.identifier} deactivated")
    return responses.dialog(request, "admin/activations/deactivate.html", {"device": device, "url": request.path})
