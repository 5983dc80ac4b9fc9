"""Links by e-mail: asking for them, and following them. A GET never uses one up."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.core.errors import Invalid
from keyturn.people.signin import accounts, following, policy, requests, sessions
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.people.signin.links import DeadLink, Purpose
from keyturn.people.signin.models import Link
from keyturn.people.signin.refusals import SignInRefused
from keyturn.portals.client import door
from keyturn.portals.client.decorators import without_sign_in
from keyturn.portals.client.requests import safe_next
from keyturn.portals.client.views.login import onward
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.signin_forms import EmailForm, NewPasswordForm
from keyturn.portals.ui.toasts import notify

Step = Callable[[CustomerSessionRequest, str], HttpResponse]


@without_sign_in("GET", "POST")
@never_cache
def sign_in_link(request: CustomerSessionRequest) -> HttpResponse:
    """Have a sign-in link sent."""
    return _ask(request, Purpose.SIGN_IN, "ask_link")


@without_sign_in("GET", "POST")
@never_cache
def forgot(request: CustomerSessionRequest) -> HttpResponse:
    """Have a link to a new password sent."""
    return _ask(request, Purpose.RESET, "forgot")


def _ask(request: CustomerSessionRequest, purpose: Link.Purpose, template: str) -> HttpResponse:
    form = EmailForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            requests.ask(accounts.CUSTOMER, purpose, form.cleaned_data["email"], sessions.visitor(request))
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
            status = 429
        else:
            address = accounts.address_of(form.cleaned_data["email"])
            return door.answer(request, "sent", {"email": address, "purpose": str(purpose)})
    return door.answer(request, template, {"form": form}, status=status)


def _by_link(purpose: Link.Purpose) -> Callable[[Step], Any]:
    """A page that a link of `purpose` leads to; the view gets the token."""

    def decorate(step: Step) -> Any:
        @without_sign_in("GET", "POST")
        @never_cache
        @sensitive_post_parameters("password", "again")
        @wraps(step)
        def view(request: CustomerSessionRequest) -> HttpResponse:
            try:
                return step(request, request.GET.get("token", "")[:200])
            except DeadLink as problem:
                return door.dead_link(request, purpose, problem.fault)
            except SignInRefused as refusal:
                return door.closed(request, refusal.message)

        return view

    return decorate


@_by_link(Purpose.SIGN_IN)
def enter(request: CustomerSessionRequest, token: str) -> HttpResponse:
    """Enter by a sign-in link."""
    if request.method == "POST":
        return onward(following.sign_in(request, token), safe_next(""))
    _, customer = following.look(Purpose.SIGN_IN, token)
    return door.answer(request, "link", {"email": customer.email})


@_by_link(Purpose.INVITATION)
def invitation(request: CustomerSessionRequest, token: str) -> HttpResponse:
    """Welcome a new customer: set a password, or enter without one."""
    _, customer = following.look(Purpose.INVITATION, token)
    bare, posted = "without" in request.POST, request.method == "POST"
    form = NewPasswordForm(request.POST if posted and not bare else None, advice=policy.advice(accounts.CUSTOMER))
    if bare or form.is_valid():
        try:
            inside = following.accept_invitation(request, token, "" if bare else form.cleaned_data["password"])
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return onward(inside, safe_next(""))
    return door.answer(request, "invitation", {"form": form, "email": customer.email})


@_by_link(Purpose.RESET)
def reset(request: CustomerSessionRequest, token: str) -> HttpResponse:
    """Set a new password."""
    _, customer = following.look(Purpose.RESET, token)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, advice=policy.advice(accounts.CUSTOMER))
    if form.is_valid():
        try:
            inside = following.reset_password(request, token, form.cleaned_data["password"])
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, "Your password is changed. Other sessions were signed out.")
            return onward(inside, safe_next(""))
    return door.answer(request, "reset", {"form": form, "email": customer.email})


@_by_link(Purpose.VERIFY)
def verify(request: CustomerSessionRequest, token: str) -> HttpResponse:
    """Confirm an e-mail address."""
    if request.method == "POST":
        following.verify_email(request, token)
        notify(request, "Your e-mail address is confirmed.")
        return redirect("client:dashboard")
    _, customer = following.look(Purpose.VERIFY, token)
    return door.answer(request, "verify", {"email": customer.email})
