"""The way in and the way out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.people.signin import viewing
from keyturn.people.signin.admins import SignInRefused, authenticate
from keyturn.portals.admin.decorators import without_sign_in
from keyturn.portals.admin.forms.signin import SignInForm
from keyturn.portals.admin.sessions import ip_of, safe_next, signed_in_admin
from keyturn.portals.admin.sessions import sign_in as begin_session
from keyturn.portals.admin.sessions import sign_out as end_session


@without_sign_in("GET", "POST")
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password, then on to the page that was asked for."""
    target = safe_next(request.GET.get("next", ""))
    if signed_in_admin(request):
        return redirect(target)
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            admin = authenticate(form.cleaned_data["email"], form.cleaned_data["password"], ip=ip_of(request))
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
            status = 429 if refusal.wait else 200
        else:
            begin_session(request, admin)
            return redirect(target)
    return render(request, "admin/sign_in.html", {"form": form}, status=status)


@without_sign_in("POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and what its admin is looking at in the Client Portal."""
    admin = signed_in_admin(request)
    if admin is not None:
        viewing.end_of(admin)
    end_session(request)
    return redirect("admin:sign_in")
