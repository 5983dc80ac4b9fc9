"""The first page: figures, charts and what happened lately."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_htmx.http import HttpResponseClientRefresh

from keyturn.access.permissions import Permission, may
from keyturn.core.clock import now
from keyturn.operations.analytics import activity as activities
from keyturn.operations.analytics import figures as analytics
from keyturn.platform.audit import services as audit
from keyturn.portals.admin.dashboard import bars, cards, chart, stale_since
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest

View = Callable[[AdminRequest], HttpResponse]


@page(Permission.USE_PORTAL)
def dashboard(request: AdminRequest) -> HttpResponse:
    """The whole page; looking at it is put on record (DSH-18)."""
    audit.record(request.actor, audit.Entry("dashboard.viewed", ("admin", request.admin.uuid)))
    context = {
        "section": "Dashboard",
        "today": timezone.localtime(now()),
        "may_create": may(request.actor, Permission.MANAGE_LICENSES),
    }
    return render(request, "admin/dashboard/page.html", context | _figures(request) | _activity(request))


def _refresh(view: View) -> View:
    """A part that the page asks for by itself; it asks anew for all of it after a change of environment."""

    @wraps(view)
    def answer(request: AdminRequest) -> HttpResponse:
        if request.GET.get("environment", request.actor.environment) != request.actor.environment:
            return HttpResponseClientRefresh()
        response = view(request)
        response["Cache-Control"] = "no-store"
        return response

    return answer


@page(Permission.USE_PORTAL)
@_refresh
def figures(request: AdminRequest) -> HttpResponse:
    """Cards and charts, read again every five minutes (DSH-16)."""
    return render(request, "admin/dashboard/_figures.html", _figures(request))


@page(Permission.USE_PORTAL)
@_refresh
def activity(request: AdminRequest) -> HttpResponse:
    """The feed, read again every thirty seconds."""
    return render(request, "admin/dashboard/_activity.html", _activity(request))


def _figures(request: AdminRequest) -> dict[str, Any]:
    with timezone.override(request.vendor["general.time_zone"]):
        found = analytics.read(request.actor.environment)
    top = bars(found)
    return {
        "cards": cards(found, may_view_logs=may(request.actor, Permission.VIEW_LOGS)),
        "chart": chart(found.week),
        "bars": top,
        "longest": max((bar.count for bar in top), default=0),
        "counted_at": stale_since(found),
    }


def _activity(request: AdminRequest) -> dict[str, Any]:
    logged = request.vendor["logging.dashboard"]
    return {
        "activity": activities.latest(request.actor.environment) if logged else [],
        "may_view_logs": may(request.actor, Permission.VIEW_LOGS),
    }
