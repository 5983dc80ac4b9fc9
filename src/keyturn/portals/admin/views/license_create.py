"""The page that makes one license (LIC-10 to LIC-13)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.core.ids import parse_uuid
from keyturn.licensing.generators import formats
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.fields import end_of
from keyturn.portals.admin.forms.licenses import NewLicenseForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify


@page(Permission.MANAGE_LICENSES, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """One license, for the stock or for a customer; its key is drawn by the generator."""
    posted = request.method == "POST"
    form = NewLicenseForm(request.POST if posted else None, actor=request.actor, initial=request.GET.dict())
    if posted and form.is_valid():
        try:
            license = _make(request, form.cleaned_data)
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, "License created")
            return redirect("admin:license", uuid=license.uuid)
    generator = _chosen(request, (request.POST if posted else request.GET).get("generator", ""))
    sample = formats.make_key(generator) if generator else ""
    can_make = generator is not None or Generator.objects.ready(request.actor).exists()
    context = {"section": "Licenses", "form": form, "generator": generator, "sample": sample, "can_make": can_make}
    piece = request.headers.get("HX-Target") == "from-generator"
    template = "admin/licenses/_from_generator.html" if piece else "admin/licenses/create.html"
    return render(request, template, context, status=422 if posted else 200)


def _make(request: AdminRequest, given: dict[str, Any]) -> License:
    day = {"expires_at": end_of(given["expires_on"])} if given["expiry"] == "day" else {}
    return services.create(
        request.actor,
        given["generator"],
        email=given["email"],
        activation_limit=given["activation_limit"],
        lifetime=given["expiry"] == "never",
        features=given["features"],
        metadata=given["metadata"],
        order_reference=given["order_reference"],
        **day,
    )


def _chosen(request: AdminRequest, uuid: str) -> Generator | None:
    known = parse_uuid(uuid)
    return Generator.objects.ready(request.actor).filter(uuid=known).first() if known else None
