"""Answers that a dialog's form or an action of a row ends with."""

from urllib.parse import urlsplit

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


def done_on_list(request: HttpRequest, url: str, text: str, *, detail: str = "", elsewhere: str = "") -> HttpResponse:
    """Something that the list at `url` shows was changed: who is there keeps his search, filters and page.

    Who asked from another page gets to `elsewhere`, or to the list.
    """
    shown = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if shown.path != url:
        return done_to(request, elsewhere or url, text, detail=detail)
    if request.headers.get("HX-Request") == "true":
        return done(request, text, detail=detail)
    return done_to(request, f"{url}?{shown.query}" if shown.query else url, text, detail=detail)
