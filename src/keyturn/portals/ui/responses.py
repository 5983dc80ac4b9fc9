"""Answers to htmx that a dialog's form ends with."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from keyturn.portals.ui.toasts import notify, toast


def dialog(request: HttpRequest, template: str, context: dict[str, object], *, refused: bool = False) -> HttpResponse:
    """A dialog to open; with `refused` the same dialog again, showing what is wrong."""
    return render(request, template, context, status=422 if refused else 200)


def done(request: HttpRequest, text: str, *, href: str = "", detail: str = "") -> HttpResponse:
    """The dialog did its work: it closes, the list behind it is read again, a toast says what happened."""
    response = HttpResponse(status=204)
    toast(response, text, href=href, detail=detail)
    trigger_client_event(response, "closeDialog", {})
    return trigger_client_event(response, "listChanged", {})


def done_to(request: HttpRequest, url: str, text: str, *, detail: str = "", tone: str = "ok") -> HttpResponse:
    """The dialog did its work, and another page shows the outcome with a toast."""
    notify(request, text, detail=detail, tone=tone)
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)
