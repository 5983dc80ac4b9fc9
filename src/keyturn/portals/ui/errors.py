"""The designed error pages. They read neither database nor session, so that they show when those fail."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

# Where people of each part of the house start again: path prefix, then (label, address) pairs.
_DOORS = {
    "/admin": (("Go to Dashboard", "/admin"), ("Customers", "/admin/customers")),
    "/customer/downloads": (("Go to Downloads", "/customer/downloads"), ("Dashboard", "/customer")),
    "/customer": (("Go to Dashboard", "/customer"),),
    "": (("Go to start page", "/"),),
}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return page(request, 400, _("Request not understood"), _("The address or the form is damaged. Go back, reload."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    text = _("Your role does not open this door. Ask a Super Admin if you need it.")
    if not _below(request.path, "/admin"):
        text = _("This page is not open to your account.")
    return page(request, 403, _("Not allowed"), text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403, for a form that came from elsewhere or was open for too long."""
    text = _("It was open for too long, or cookies are blocked. Go back, reload it and try again.")
    return page(request, 403, _("This page has expired"), text)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    text = _("This key fits no door. The page may have moved, or the link is incomplete.")
    return page(request, 404, _("Page not found"), text)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    text = _("Something broke on our side and is in the log. Try again in a moment.")
    return page(request, 500, _("That did not work"), text)


def upgrading(request: HttpRequest) -> HttpResponse:
    """503, while the database lacks what this version needs. The way out is the same page again."""
    text = _("The database is not up to date yet. Whoever runs this server: run keyturn migrate.")
    return page(request, 503, _("Back in a moment"), text, links=((_("Try again"), request.get_full_path()),))


def page(request: HttpRequest, code: int, title: str, text: str, links: Sequence[tuple[str, str]] = ()) -> HttpResponse:
    """An error page with a way out. The template gets no context processors: those may ask the database."""
    door = next(prefix for prefix in _DOORS if not prefix or _below(request.path, prefix))
    context = {"code": code, "title": title, "text": text, "links": links or _DOORS[door], "request": request}
    return HttpResponse(render_to_string("errors/page.html", context), status=code)


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")
