"""How a portal says no: in the dialog or page where somebody asked."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django_htmx.http import trigger_client_event

from keyturn.core.errors import KeyturnError
from keyturn.portals.ui.toasts import notify, toast


def refused(request: HttpRequest, refusal: KeyturnError, back: Callable[[str], str]) -> HttpResponse:
    """Say why nothing was done; the dialog closes and the list behind it shows things as they are.

    `back` gives a safe page of the portal for the address, without host, of the page where somebody asked.
    """
    if request.headers.get("HX-Request") == "true":
        response = toast(HttpResponse(status=204), refusal.message, "bad")
        trigger_client_event(response, "closeDialog", {})
        return trigger_client_event(response, "listChanged", {})
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"message": refusal.message}, status=409)
    notify(request, refusal.message, tone="bad")
    asked = urlsplit(request.headers.get("Referer", ""))
    return redirect(back(f"{asked.path}?{asked.query}" if asked.query else asked.path))
