"""Who the customer is, how he signs in, and where he is signed in."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.core.errors import Invalid
from keyturn.people.customers import services
from keyturn.people.signin import invitations, policy, sessions
from keyturn.people.signin.refusals import SignInRefused
from keyturn.portals.client.decorators import page
from keyturn.portals.client.forms.profile import NameForm, PasswordForm
from keyturn.portals.client.ownership import own_or_404
from keyturn.portals.client.profile_page import contents
from keyturn.portals.client.requests import CustomerRequest
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify


@page("GET", "POST")
@never_cache
def profile(request: CustomerRequest) -> HttpResponse:
    """The page, and saving the name."""
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": request.customer.name})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_self(request.actor, request.customer, form.cleaned_data["name"])
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, "Name saved")
            return redirect("client:profile")
    return _show(request, name=form)


@page("POST")
@never_cache
@sensitive_post_parameters("current", "password", "again")
def password(request: CustomerRequest) -> HttpResponse:
    """Another password; all other sessions end (CLP-51)."""
    form = PasswordForm(request.POST)
    if form.is_valid():
        current, wanted = form.cleaned_data["current"], form.cleaned_data["password"]
        try:
            policy.change(request.actor, request.customer, current, wanted, keep=request.customer_session)
        except Invalid as refusal:
            add_errors(form, refusal)
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, "Password changed", detail="You were signed out everywhere else.")
            return redirect("client:profile")
    return _show(request, password=form)


@page("POST")
def end_session(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """Sign out somewhere else."""
    own_or_404(request, sessions.open_sessions(request.customer), uuid)
    sessions.end_own(request.actor, request.customer, uuid=uuid, keep=request.customer_session)
    notify(request, "Signed out there")
    return redirect("client:profile")


@page("POST")
def end_others(request: CustomerRequest) -> HttpResponse:
    """Sign out everywhere else."""
    count = sessions.end_own(request.actor, request.customer, keep=request.customer_session)
    notify(request, f"Signed out in {count} other {'place' if count == 1 else 'places'}")
    return redirect("client:profile")


@page("POST")
def verify_email(request: CustomerRequest) -> HttpResponse:
    """Send a link that confirms the address."""
    invitations.send_verification(request.actor, request.customer)
    notify(request, "E-mail sent", detail=f"Open the link in it to confirm {request.customer.email}.")
    return redirect("client:profile")


def _show(
    request: CustomerRequest, *, name: NameForm | None = None, password: PasswordForm | None = None
) -> HttpResponse:
    refused = bool((name and name.errors) or (password and password.errors))
    context = {
        "section": "Profile",
        "name_form": name or NameForm(initial={"name": request.customer.name}),
        "password_form": password or PasswordForm(),
        **contents(request),
    }
    return render(request, "client/profile/page.html", context, status=422 if refused else 200)
