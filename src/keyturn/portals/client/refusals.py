"""How the portal says no: in the dialog or page where somebody asked."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django_htmx.http import trigger_client_event

from keyturn.core.errors import KeyturnError
from keyturn.portals.client.requests import safe_next
from keyturn.portals.ui.toasts import notify, toast


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
