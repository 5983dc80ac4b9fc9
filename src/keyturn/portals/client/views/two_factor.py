"""Turning the second factor on and off."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.core.errors import Invalid
from keyturn.people.signin import second_factor
from keyturn.people.signin.refusals import SignInRefused
from keyturn.portals.client.decorators import View, page
from keyturn.portals.client.requests import CustomerRequest
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.signin_forms import CodeForm
from keyturn.portals.ui.toasts import notify


def _secret(*methods: str) -> Callable[[View], View]:
    """A page that shows secrets of the customer, and so never to an admin who looks on."""

    def decorate(view: View) -> View:
        @page(*methods)
        @never_cache
        @sensitive_post_parameters("code")
        @wraps(view)
        def answer(request: CustomerRequest) -> HttpResponseBase:
            if request.viewing_admin is not None:
                raise PermissionDenied("The second factor is the customer's own.")
            return view(request)

        return answer

    return decorate


@_secret()
def two_factor(request: CustomerRequest) -> HttpResponse:
    """Whether it is on, and what can be done about it."""
    if second_factor.is_on(request.customer):
        return _show(request, "manage", {"form": CodeForm(), "left": second_factor.codes_left(request.customer)})
    return _show(request, "intro", {})


@_secret("GET", "POST")
def set_up(request: CustomerRequest) -> HttpResponse:
    """Share a secret with an app; a code of it turns the second factor on and shows the recovery codes, once."""
    if second_factor.is_on(request.customer):
        return redirect("client:two_factor")
    form = CodeForm(request.POST if "code" in request.POST else None)
    if form.is_valid():
        try:
            codes = second_factor.confirm(request.actor, request.customer, form.cleaned_data["code"])
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return _show(request, "codes", {"codes": codes, "fresh": True})
    enrolment = (second_factor.enrol if request.method == "POST" else second_factor.pending)(request.customer)
    return _show(request, "set_up" if enrolment else "intro", {"form": form, "enrolment": enrolment})


@_secret("POST")
def turn_off(request: CustomerRequest) -> HttpResponse:
    """Turn it off, by a code."""
    form = CodeForm(request.POST)
    if not _shown_code(request, form):
        return _show(request, "manage", {"form": form, "left": second_factor.codes_left(request.customer)})
    second_factor.turn_off(request.actor, request.customer)
    notify(request, "Two-factor sign-in is off")
    return redirect("client:two_factor")


@_secret("POST")
def new_codes(request: CustomerRequest) -> HttpResponse:
    """New recovery codes, by a code; shown once."""
    form = CodeForm(request.POST)
    if not _shown_code(request, form):
        return _show(request, "manage", {"form": form, "left": second_factor.codes_left(request.customer)})
    return _show(request, "codes", {"codes": second_factor.renew_codes(request.actor, request.customer)})


def _shown_code(request: CustomerRequest, form: CodeForm) -> bool:
    if not form.is_valid():
        return False
    try:
        right = second_factor.accept(request.customer, form.cleaned_data["code"], ip=request.actor.ip)
    except SignInRefused as refusal:
        form.add_error("code", refusal.message)
        return False
    if not right:
        form.add_error("code", second_factor.WRONG)
    return bool(right)


def _show(request: CustomerRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    context |= {"section": "Profile", "all_codes": "\n".join(context.get("codes", ()))}
    status = 422 if "form" in context and context["form"].errors else 200
    return render(request, f"client/two_factor/{template}.html", context, status=status)
