"""The licenses of a customer, the page of each, and its key."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from keyturn.core.clock import now
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.grants import grants
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.querysets import SOON
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.offline.services import why_not
from keyturn.licensing.releases.downloads import versions
from keyturn.portals.client.decorators import page
from keyturn.portals.client.license_list import LICENSES, license_source
from keyturn.portals.client.ownership import own_or_404
from keyturn.portals.client.requests import CustomerRequest
from keyturn.portals.client.validation import validation

SECTION = "My Licenses"
DEVICES_SHOWN = 25


@page()
def licenses(request: CustomerRequest) -> HttpResponse:
    """Everything that the customer owns."""
    return LICENSES.respond(request, license_source(request.customer), {"section": SECTION})


@page()
@never_cache
def license(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """One license in full, with what the software would be told about it now."""
    found = _find(request, uuid)
    devices = list(found.activations.active_first()[:DEVICES_SHOWN])
    for device in devices:
        device.license = found
    context = {
        "section": SECTION,
        "license": found,
        "validation": validation(found),
        "grants": grants(found),
        "versions": versions(found),
        "devices": devices,
        "offline": not why_not(found),
        "ending": _ending(found),
    }
    return render(request, "client/licenses/detail.html", context)


@page("POST")
@never_cache
def key(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The whole key, for the reveal and copy buttons; goes on record."""
    return JsonResponse({"key": services.reveal_own(request.actor, _find(request, uuid))})


def _ending(license: License) -> str:
    """`past`, `soon` or nothing: whether there is a renewal to speak of (CLP-23)."""
    left = license.expires_at - now() if license.expires_at and license.status != Status.REVOKED else None
    if left is None or left > SOON:
        return ""
    return "soon" if left > timedelta() else "past"


def _find(request: CustomerRequest, uuid: UUID) -> License:
    owned = License.objects.of(request.customer).select_related("product", "customer")
    return own_or_404(request, owned, uuid)
