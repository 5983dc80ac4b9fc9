"""An admin's own notifications: the bell, the page, and how he wants to be told."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django_htmx.http import trigger_client_event

from keyturn.access.permissions import Permission
from keyturn.access.scope import Environment
from keyturn.platform.notifications import choices, inbox
from keyturn.platform.notifications.kinds import Channels, of_role
from keyturn.platform.notifications.models import Notification
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.frame import bell_of
from keyturn.portals.admin.inbox_page import context_of, query_of
from keyturn.portals.admin.notification_rows import rows_of, target_of, url_of, why_not
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.toasts import notify

_LATEST = 5


@page(Permission.USE_PORTAL)
@never_cache
def notifications(request: AdminRequest) -> HttpResponse:
    """The inbox, newest first."""
    return render(request, "admin/notifications/page.html", context_of(request))


@page(Permission.USE_PORTAL)
@never_cache
def count(request: AdminRequest) -> HttpResponse:
    """The number at the bell; nothing while it is the one that the page shows."""
    bell = bell_of(request.admin)
    if request.GET.get("shown") == bell.shown:
        return HttpResponse(status=204)
    return render(request, "ui/bell/_count.html", {"bell": bell})


@page(Permission.USE_PORTAL)
@never_cache
def latest(request: AdminRequest) -> HttpResponse:
    """What opens under the bell."""
    rows = rows_of(Notification.objects.of(request.admin)[:_LATEST])
    return render(request, "admin/notifications/_latest.html", {"rows": rows})


@page(Permission.USE_PORTAL)
@never_cache
def open_link(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Mark as read and go to the record, in its environment; or say why that is not possible."""
    line = _own(request, uuid)
    inbox.mark(line, read=True)
    target = target_of(line)
    problem = why_not(request.actor, line, target) if target else "This notification leads nowhere."
    if target is None or problem:
        notify(request, problem, tone="warn", detail="The notification itself stays.")
        return redirect("admin:notifications")
    if target.scoped and line.environment not in ("", request.actor.environment):
        request.session["environment"] = line.environment
        notify(request, f"You are now in {Environment(line.environment).label}", tone="info")
    return redirect(url_of(line, target))


@page(Permission.USE_PORTAL, "POST")
def toggle(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Read or unread, as the button said."""
    inbox.mark(_own(request, uuid), read=request.POST.get("read") == "1")
    return _after(request)


@page(Permission.USE_PORTAL, "POST")
def read_all(request: AdminRequest) -> HttpResponse:
    """The whole inbox has been read, not only the visible page."""
    inbox.mark_all(request.admin)
    return _after(request)


@page(Permission.USE_PORTAL, "POST")
def choose(request: AdminRequest) -> HttpResponse:
    """How the admin wants to be told, from his profile (NTF-12)."""
    wanted = {
        one.value: Channels(in_app=f"{one}.in_app" in request.POST, email=f"{one}.email" in request.POST)
        for one in of_role(request.admin.role)
    }
    changed = choices.save(request.actor, request.admin, wanted)
    notify(request, "Notifications saved" if changed else "Nothing was changed")
    return redirect(f"{reverse('admin:profile')}#notifications")


def _own(request: AdminRequest, uuid: UUID) -> Notification:
    line = inbox.find(request.admin, uuid)
    if line is None:
        raise Http404
    return line


def _after(request: AdminRequest) -> HttpResponse:
    if request.headers.get("HX-Request") != "true":
        return redirect(f"{reverse('admin:notifications')}{query_of(request)}")
    context: dict[str, Any] = context_of(request)
    response = render(request, "admin/notifications/_inbox.html", context)
    return trigger_client_event(response, "notificationsChanged", {})
