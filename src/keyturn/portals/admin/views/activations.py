"""The list of activations, the page of each, and ending one by hand."""

from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from keyturn.access.permissions import Permission, may
from keyturn.licensing.abuse.standing import open_findings
from keyturn.licensing.licenses import activations as services
from keyturn.licensing.licenses.models import Activation
from keyturn.portals.admin.activation_list import ACTIVATIONS, ActivationSource
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.device_history import history
from keyturn.portals.admin.device_rows import device_rows, silence
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses


@page(Permission.DEACTIVATE, "GET", "POST")
def deactivate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then free the slot of a device (CUS-13)."""
    device = _find(request, uuid)
    if request.method == "POST":
        services.end(request.actor, device, reason=request.POST.get("reason", ""))
        return responses.done(request, f"{device.identifier} deactivated")
    return responses.dialog(request, "admin/activations/deactivate.html", {"device": device, "url": request.path})


@page(Permission.VIEW_ACTIVATIONS)
def activations(request: AdminRequest) -> HttpResponse:
    """Every device of the environment."""
    context = {"section": "Activations", "may_deactivate": may(request.actor, Permission.DEACTIVATE)}
    return ACTIVATIONS.respond(request, ActivationSource(request.actor), context)


@page(Permission.EXPORT_LISTS)
def export(request: AdminRequest) -> HttpResponseBase:
    """The devices of a search as a file."""
    return download(request, ACTIVATIONS, ActivationSource(request.actor).all(ACTIVATIONS.state(request)))


@page(Permission.VIEW_ACTIVATIONS)
def activation(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One device in full, with what happened to it."""
    device = _find(request, uuid)
    context = {
        "section": "Activations",
        "row": device_rows([device], silence())[0],
        "device": device,
        "details": sorted(device.details.items()),
        "history": history(device),
        "findings": open_findings(device.license) if may(request.actor, Permission.HANDLE_ABUSE) else [],
        "may_deactivate": may(request.actor, Permission.DEACTIVATE),
    }
    return render(request, "admin/activations/detail.html", context)


def _find(request: AdminRequest, uuid: UUID) -> Activation:
    rows = Activation.objects.in_scope(request.actor).select_related("license__product", "license__customer")
    return get_object_or_404(rows, uuid=uuid)
