"""The devices of a customer."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from keyturn.licensing.licenses import activations as services
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.offline import services as offline
from keyturn.portals.client.activation_list import ACTIVATIONS, activation_source
from keyturn.portals.client.decorators import page
from keyturn.portals.client.ownership import own_or_404
from keyturn.portals.client.requests import CustomerRequest
from keyturn.portals.ui import responses


@page()
def activations(request: CustomerRequest) -> HttpResponse:
    """Every device, over all licenses."""
    return ACTIVATIONS.respond(request, activation_source(request.customer), {"section": "Activations"})


@page("GET", "POST")
def deactivate(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """Ask, then free the slot of a device (CLP-32)."""
    device = _find(request, uuid)
    if request.method == "POST":
        services.end_own(request.actor, device)
        return responses.done(request, f"{device.identifier} deactivated")
    return responses.dialog(request, "client/activations/deactivate.html", {"device": device, "url": request.path})


@page("POST")
@never_cache
def offline_file(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The offline file for a device; a form posts for it, because issuing goes on record (OFF-15)."""
    text = offline.issue_own(request.actor, _find(request, uuid))
    headers = {"Content-Disposition": f'attachment; filename="{offline.FILE_NAME}"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


def _find(request: CustomerRequest, uuid: UUID) -> Activation:
    owned = Activation.objects.of(request.customer).select_related("license__product", "license__customer")
    return own_or_404(request, owned, uuid)
