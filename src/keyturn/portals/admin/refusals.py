"""How the portal says no: in the dialog or page where somebody asked."""

import logging
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django_htmx.http import trigger_client_event

from keyturn.core.errors import KeyturnError, NotPermitted
from keyturn.platform.audit import services as audit
from keyturn.portals.admin.sessions import AdminRequest, safe_next
from keyturn.portals.ui.toasts import notify, toast

log = logging.getLogger(__name__)


def forbidden(request: AdminRequest, refusal: NotPermitted) -> PermissionDenied:
    """Put a refused request on record; gives the exception that shows the 403 page."""
    log.warning("refused: %s lacks %s for %s", request.actor.id, refusal.permission, request.path)
    changes = {"permission": str(refusal.permission), "path": request.path[:200], "method": request.method}
    audit.record(request.actor, audit.Entry("access.refused", ("admin", request.admin.uuid), changes))
    return PermissionDenied(refusal.message)


def refused(request: HttpRequest, refusal: KeyturnError) -> HttpResponse:
    """Say why nothing was done; the dialog closes and the list behind it shows things as they are."""
    if request.headers.get("HX-Request") == "true":
        response = toast(HttpResponse(status=204), refusal.message, "bad")
        trigger_client_event(response, "closeDialog", {})
        return trigger_client_event(response, "listChanged", {})
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"message": refusal.message}, status=409)
    notify(request, refusal.message, tone="bad")
    return redirect(safe_next(urlsplit(request.headers.get("Referer", "")).path))
