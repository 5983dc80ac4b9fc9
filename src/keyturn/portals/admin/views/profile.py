"""An admin's own page: who he is, how he signs in, and where he is signed in."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.people.admins import profile as services
from keyturn.people.signin import browsers, history, passkeys, second_factor, sessions
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.profile import ProfileForm
from keyturn.portals.admin.frame import picture_url
from keyturn.portals.admin.notification_choices import choices_of
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.passkeys import site_of
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

_ATTEMPTS = 20


@page(Permission.USE_PORTAL, "GET", "POST")
@never_cache
def profile(request: AdminRequest) -> HttpResponse:
    """The page, and saving what the admin says about himself (PRF-01)."""
    posted = request.method == "POST"
    data, files = (request.POST, request.FILES) if posted else (None, None)
    form = ProfileForm(data, files, initial=ProfileForm.values_of(request.admin))
    if posted and form.is_valid():
        try:
            changed = services.save(request.actor, request.admin, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, "Profile saved" if changed else "Nothing was changed")
            return redirect("admin:profile")
    context = {"section": "Profile", "form": form, "picture_url": picture_url(request.admin)}
    context |= {"choices": choices_of(request.admin), **_ways_in(request)}
    return render(request, "admin/profile/page.html", context, status=422 if posted else 200)


@page(Permission.USE_PORTAL)
def avatar(request: AdminRequest) -> HttpResponse:
    """The admin's own picture."""
    found = services.picture(request.admin)
    if found is None:
        raise Http404
    content, media_type = found
    return HttpResponse(content, media_type, headers={"Cache-Control": "private, no-cache"})


def _ways_in(request: AdminRequest) -> dict[str, Any]:
    places = [
        {"row": row, "browser": browsers.name(row.user_agent), "here": row.pk == request.admin_session.pk}
        for row in sessions.open_sessions(request.admin)
    ]
    attempts = [
        {"row": row, "browser": browsers.name(row.user_agent)} for row in history.attempts(request.admin)[:_ATTEMPTS]
    ]
    return {
        "places": places,
        "attempts": attempts,
        "two_factor": second_factor.is_on(request.admin),
        "passkeys": passkeys.of(request.admin),
        "site": site_of(request),
        "codes_left": second_factor.codes_left(request.admin),
    }
