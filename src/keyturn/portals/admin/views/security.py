"""An admin's own way in: password, sessions and attempts."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.people.signin import accounts, policy, sessions
from keyturn.people.signin.refusals import SignInRefused
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.profile import PasswordForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors


@page(Permission.USE_PORTAL, "GET", "POST")
@never_cache
@sensitive_post_parameters("current", "password", "again")
def password(request: AdminRequest) -> HttpResponse:
    """Another password; all other sessions end (PRF-04, PRF-05)."""
    posted = request.method == "POST"
    form = PasswordForm(request.POST if posted else None, advice=policy.advice(accounts.ADMIN))
    if form.is_valid():
        current, wanted = form.cleaned_data["current"], form.cleaned_data["password"]
        try:
            policy.change(request.actor, request.admin, current, wanted, keep=request.admin_session)
        except Invalid as refusal:
            add_errors(form, refusal)
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            return responses.done(request, "Password changed", detail="You were signed out everywhere else.")
    return responses.dialog(request, "admin/profile/password.html", {"form": form, "url": request.path}, refused=posted)


@page(Permission.USE_PORTAL, "POST")
def end_session(request: AdminRequest, session: UUID) -> HttpResponse:
    """Sign out somewhere else."""
    if session != request.admin_session.uuid and sessions.end_one(request.admin, session):
        accounts.note(request.actor, request.admin, "sessions_ended", count=1)
    return redirect("admin:profile")


@page(Permission.USE_PORTAL, "POST")
def end_others(request: AdminRequest) -> HttpResponse:
    """Sign out everywhere else."""
    if count := sessions.end_all(request.admin, keep=request.admin_session):
        accounts.note(request.actor, request.admin, "sessions_ended", count=count)
    return redirect("admin:profile")
