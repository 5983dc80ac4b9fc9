"""The way in by password and code, and the way out."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.people.signin import customers, second_factor
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.people.signin.refusals import SignInRefused
from keyturn.portals.client import door
from keyturn.portals.client.decorators import without_sign_in
from keyturn.portals.client.requests import safe_next
from keyturn.portals.ui.signin_forms import CodeForm, SignInForm
from keyturn.portals.ui.toasts import notify


@without_sign_in("GET", "POST")
@never_cache
@sensitive_post_parameters("password")
def login(request: CustomerSessionRequest) -> HttpResponse:
    """E-mail and password, then on to the page that was asked for."""
    target = safe_next(request.GET.get("next", ""))
    if request.customer is not None and request.viewing_admin is None:
        return redirect(target)
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            inside = customers.enter_with_password(request, form.cleaned_data["email"], form.cleaned_data["password"])
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
            status = 429 if refusal.wait else 200
        else:
            return onward(inside, target)
    return door.answer(request, "login", {"form": form}, status=status)


@without_sign_in("GET", "POST")
@never_cache
@sensitive_post_parameters("code")
def code(request: CustomerSessionRequest) -> HttpResponse:
    """The second factor: a code of the app, or a recovery code."""
    target, customer = safe_next(request.GET.get("next", "")), customers.waiting(request)
    if customer is None:
        return redirect(target)
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            method = customers.give_code(request, customer, form.cleaned_data["code"])
        except SignInRefused as refusal:
            form.add_error("code", refusal.message)
            status = 429 if refusal.wait else 200
        else:
            if method == "recovery":
                remind(request, second_factor.codes_left(customer))
            return redirect(target)
    context = {"form": form, "recovery": "recovery" in request.GET, "next": target}
    return door.answer(request, "code", context, status=status)


@without_sign_in("POST")
def logout(request: CustomerSessionRequest) -> HttpResponse:
    """End the session."""
    customers.sign_out(request)
    return redirect("client:login")


def onward(inside: bool, target: str) -> HttpResponse:
    """To the page that was asked for, by way of the second factor when it is due."""
    return redirect(target if inside else f"{reverse('client:code')}?{urlencode({'next': target})}")


def remind(request: CustomerSessionRequest, left: int) -> None:
    """Say how many recovery codes are left; make it stay when they run out."""
    text = f"{left} recovery code{'' if left == 1 else 's'} left"
    notify(request, text, tone="warn" if left <= 2 else "info", detail="Make new ones in your profile.")
