"""The list of licenses, the page of each, its key, and its editing."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.abuse.standing import open_findings
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.abilities import Change, obstacle
from keyturn.licensing.licenses.models import License
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.device_rows import device_rows, silence
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.forms.fields import kept_or_end_of
from keyturn.portals.admin.forms.licenses import LicenseForm
from keyturn.portals.admin.license_answers import answers
from keyturn.portals.admin.license_list import LICENSES, LicenseSource, product_options
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.license_changes import find_license
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "Licenses"
DEVICES_SHOWN = 100


@page(Permission.VIEW_LICENSES)
def licenses(request: AdminRequest) -> HttpResponse:
    """Every license of the environment."""
    context = {
        "section": SECTION,
        "may_create": may(request.actor, Permission.MANAGE_LICENSES),
        "may_manage_catalog": may(request.actor, Permission.MANAGE_CATALOG),
        # Asked only by an empty list.
        "has_products": lambda: bool(product_options(request)),
        "can_make": Generator.objects.ready(request.actor).exists,
    }
    return LICENSES.respond(request, LicenseSource(request.actor), context)


@page(Permission.EXPORT_LISTS)
def export(request: AdminRequest) -> HttpResponseBase:
    """The licenses of a search as a file (LIC-09)."""
    return download(request, LICENSES, LicenseSource(request.actor).all(LICENSES.state(request)))


@page(Permission.VIEW_LICENSES)
def license(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One license in full, with what programs would be told about it now."""
    found = find_license(request, uuid)
    devices = list(found.activations.active_first()[: DEVICES_SHOWN + 1])
    context = {
        "section": SECTION,
        "license": found,
        "devices": device_rows(devices[:DEVICES_SHOWN], silence()),
        "more_devices": len(devices) > DEVICES_SHOWN,
        "answers": answers(found),
        "findings": open_findings(found) if may(request.actor, Permission.HANDLE_ABUSE) else [],
        "features": sorted(found.features.items()),
        "metadata": sorted(found.metadata.items()),
        "may_issue": may(request.actor, Permission.MANAGE_LICENSES),
        "may_deactivate": may(request.actor, Permission.DEACTIVATE),
    }
    return render(request, "admin/licenses/detail.html", context)


@page(Permission.REVEAL_KEYS, "POST")
@never_cache
def key(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The whole key, for the reveal and copy buttons; goes on record."""
    return JsonResponse({"key": services.reveal(request.actor, find_license(request, uuid))})


@page(Permission.MANAGE_LICENSES, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The editable fields of a license; what somebody else changed meanwhile is never overwritten."""
    found, posted = find_license(request, uuid), request.method == "POST"
    form = LicenseForm(request.POST if posted else None, license=found, initial=LicenseForm.values_of(found))
    if posted and form.is_valid():
        try:
            _save(request, found, form.cleaned_data)
        except Invalid as refusal:
            add_errors(form, Invalid({_field(name): texts for name, texts in refusal.errors.items()}))
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, "License saved")
            return redirect("admin:license", uuid=uuid)
    context = {"section": SECTION, "license": found, "form": form, "obstacle": obstacle(found, Change.EDIT)}
    return render(request, "admin/licenses/edit.html", context, status=422 if posted else 200)


def _save(request: AdminRequest, license: License, given: dict[str, Any]) -> None:
    owner = license.customer.email if license.customer else ""
    services.edit(
        request.actor,
        license,
        version=given["version"],
        email=given["email"] if given["email"].lower() != owner else "",
        activation_limit=given["activation_limit"],
        expires_at=kept_or_end_of(given["expires_on"], license.expires_at),
        features=given["features"],
        metadata=given["metadata"],
        order_reference=given["order_reference"],
    )


def _field(name: str) -> str:
    return "expires_on" if name == "expires_at" else name
