"""Ending devices by hand."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from keyturn.access.permissions import Permission, may
from keyturn.licensing.licenses import activations as services
from keyturn.licensing.licenses.models import Activation
from keyturn.portals.admin.activation_list import ACTIVATIONS, ActivationSource
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses


@page(Permission.DEACTIVATE, "GET", "POST")
def deactivate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then free the slot of a device (CUS-13)."""
    rows = Activation.objects.in_scope(request.actor).select_related("license__product", "license__customer")
    device = get_object_or_404(rows, uuid=uuid)
    if request.method == "POST":
        services.end(request.actor, device, reason=request.POST.get("reason", ""))
        return responses.done(request, f"{device.identifier} deactivated")
    return responses.dialog(request, "admin/activations/deactivate.html", {"device": device, "url": request.path})


@page(Permission.VIEW_ACTIVATIONS)
def activations(request: AdminRequest) -> HttpResponse:
    """Every device of the environment."""
    context = {"section": "Activations", "may_deactivate": may(request.actor, Permission.DEACTIVATE)}
    return ACTIVATIONS.respond(request, ActivationSource(request.actor), context)
