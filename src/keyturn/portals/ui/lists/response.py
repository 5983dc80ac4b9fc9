"""A list page's answer: the whole page, or the results that htmx puts in their place."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from keyturn.portals.ui.lists.listing import Listing
from keyturn.portals.ui.lists.sources import Source

if TYPE_CHECKING:
    from keyturn.portals.ui.lists.declaration import ListPage


def respond(
    declaration: "ListPage", request: HttpRequest, source: Source[Any], context: Mapping[str, Any]
) -> HttpResponse:
    """Answer one request for a list."""
    state = declaration.state(request)
    page = source.page(state)
    listing = Listing(declaration, request, replace(state, page=page.number), page, context)
    # Boosted links and the back button ask through htmx too, but for the whole page.
    fragment = request.headers.get("HX-Target") == "results"
    # Rows that ask for themselves leave the filters and what screen readers hear alone.
    quiet = "X-Keyturn-Background" in request.headers
    part = "ui/lists/_results.html" if quiet else "ui/lists/_fragment.html"
    template = part if fragment else declaration.template
    response = render(request, template, {**context, "list": listing, "layout": declaration.layout})
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    if fragment:
        response["Cache-Control"] = "no-store"
        for name, value in _history(request, listing.url()).items():
            response[name] = value
    return response


def _history(request: HttpRequest, url: str) -> dict[str, str]:
    """What the answer does to the browser's history: nothing when the same list is only read again."""
    before = urlsplit(request.headers.get("HX-Current-URL", ""))
    if url == (f"{before.path}?{before.query}" if before.query else before.path):
        return {}
    # A search that is typed on is one step of history, not one a letter.
    typed_on = request.headers.get("HX-Trigger-Name") == "search" and "search" in parse_qs(before.query)
    return {"HX-Replace-Url" if typed_on else "HX-Push-Url": url}
