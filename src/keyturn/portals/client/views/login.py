"""The way in and the way out."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.people.signin import customers
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.people.signin.refusals import SignInRefused
from keyturn.portals.client.decorators import without_sign_in
from keyturn.portals.client.forms.signin import SignInForm
from keyturn.portals.client.requests import safe_next


@without_sign_in("GET", "POST")
@never_cache
@sensitive_post_parameters("password")
def login(request: CustomerSessionRequest) -> HttpResponse:
    """E-mail and password, then on to the page that was asked for."""
    target = safe_next(request.GET.get("next", ""))
    if request.customer is not None:
        return redirect(target)
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            customers.sign_in_with_password(request, form.cleaned_data["email"], form.cleaned_data["password"])
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
            status = 429 if refusal.wait else 200
        else:
            return redirect(target)
    return render(request, "client/login.html", {"form": form}, status=status)


@without_sign_in("POST")
def logout(request: CustomerSessionRequest) -> HttpResponse:
    """End the session."""
    customers.sign_out(request)
    return redirect("client:login")
