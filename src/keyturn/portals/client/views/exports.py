"""The customer's own data: asked for on the profile (CUS-42), or fetched by a mailed link (CUS-41)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from keyturn.operations.privacy import prepared, services
from keyturn.people.signin.links import Fault, Purpose
from keyturn.platform.jobs.services import progress, worker_missing
from keyturn.portals.client import door
from keyturn.portals.client.decorators import page, without_sign_in
from keyturn.portals.client.ownership import own_or_404
from keyturn.portals.client.requests import CustomerRequest


@page("POST")
@never_cache
def export(request: CustomerRequest) -> HttpResponse:
    """Everything that is kept about the customer: at once, or from a page that waits when it is much."""
    format = request.POST.get("format", "json")
    if prepared.is_large(request.customer):
        made = prepared.prepare_own(request.actor, request.customer, format)
        return redirect("client:export_state", uuid=made.uuid)
    return _send(services.export_own(request.actor, request.customer, format))


@page("GET", "POST")
@never_cache
def export_state(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """How far it is; then the file, until it expires."""
    made = own_or_404(request, prepared.own(request.customer), uuid)
    if request.method == "POST":
        return _send(prepared.fetch_own(request.actor, made))
    found = progress(made.job) if made.job and not made.sealed else None
    running = found is not None and found.status in ("queued", "processing")
    context = {
        "section": "Profile",
        "prepared": made,
        "progress": found,
        "running": running,
        "failure": "" if running or made.sealed else (found.message if found else "") or "Ask for it again.",
        "slow": running and worker_missing(),
    }
    return render(request, "client/profile/export_state.html", context)


@without_sign_in("GET", "POST")
@never_cache
def by_link(request: HttpRequest) -> HttpResponse:
    """A page with a button, as mail scanners follow links; then the file (CUS-41)."""
    token = request.GET.get("token", "")[:200]
    if (found := prepared.by_token(token)) is None:
        return door.dead_link(request, Purpose.SIGN_IN, Fault.EXPIRED)
    if request.method != "POST":
        return door.answer(request, "export", {"expires_at": found.expires_at})
    return _send(prepared.fetch_by_link(token))


def _send(file: services.File) -> HttpResponse:
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Cache-Control"] = "no-store"
    return response
