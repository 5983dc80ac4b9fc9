"""The first page, and the environment all pages show."""

from django.http import HttpResponse
from django.shortcuts import redirect

from keyturn.access.permissions import Permission
from keyturn.access.scope import Environment
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.frame import shell_of
from keyturn.portals.admin.palette import groups
from keyturn.portals.admin.sessions import AdminRequest, safe_next
from keyturn.portals.ui import palette


@page(Permission.USE_PORTAL)
def home(request: AdminRequest) -> HttpResponse:
    """Where an admin's day begins."""
    return redirect("admin:dashboard")


@page(Permission.USE_PORTAL, "POST")
def environment(request: AdminRequest) -> HttpResponse:
    """Work in another environment for the rest of this session."""
    chosen = request.POST.get("environment", "")
    if chosen in Environment.values:
        request.session["environment"] = chosen
    return redirect(safe_next(request.POST.get("next", "")))


@page(Permission.USE_PORTAL)
def search(request: AdminRequest) -> HttpResponse:
    """What the palette shows for a term."""
    term, shell = palette.read_term(request), shell_of(request)
    return palette.respond(request, term, groups(request, shell, term), shell.environment_label)
