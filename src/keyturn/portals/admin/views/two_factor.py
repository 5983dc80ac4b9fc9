"""The second factor of an admin: turning it on and off, and its recovery codes."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.people.signin import policy, second_factor
from keyturn.people.signin.admins import must_have_factor
from keyturn.people.signin.refusals import SignInRefused
from keyturn.portals.admin import replacing
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.profile import PasswordAndCodeForm, PresentPasswordForm, TurnOffForm
from keyturn.portals.admin.frame import shell_of
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.signin_forms import CodeForm
from keyturn.portals.ui.toasts import notify


@page(Permission.USE_PORTAL)
@never_cache
def two_factor(request: AdminRequest) -> HttpResponse:
    """What can be done about it while it is on."""
    if not second_factor.is_on(request.admin):
        return redirect("admin:two_factor_set_up")
    return _manage(request)


@page(Permission.USE_PORTAL, "GET", "POST", enrolling=True)
@never_cache
@sensitive_post_parameters("code", "current")
def set_up(request: AdminRequest) -> HttpResponse:
    """Share a secret with an app; a code of it turns the second factor on and shows the recovery codes.

    While it is on, an enrolment replaces the device (PRF-10); that takes the password and a code first.
    """
    if second_factor.is_on(request.admin) and not replacing.is_open(request):
        return _ask_both(request)
    form = CodeForm(request.POST if "code" in request.POST else None)
    if form.is_valid():
        try:
            codes = second_factor.confirm(request.actor, request.admin, form.cleaned_data["code"])
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            replacing.close(request)
            # Every page is open from now on.
            request.shell = shell_of(request)
            return _show(request, "codes", {"codes": codes, "fresh": True})
    enrolment = (second_factor.enrol if request.method == "POST" else second_factor.pending)(request.admin)
    return _show(request, "set_up" if enrolment else "intro", {"form": form, "enrolment": enrolment})


@page(Permission.USE_PORTAL, enrolling=True)
@never_cache
def download(request: AdminRequest, name: str) -> HttpResponse:
    """The QR code or the secret as a file, while it is being set up."""
    enrolment = second_factor.pending(request.admin)
    if enrolment is None or (second_factor.is_on(request.admin) and not replacing.is_open(request)):
        raise Http404
    kinds = {"qr-code.svg": (enrolment.svg, "image/svg+xml"), "secret.txt": (f"{enrolment.secret}\n", "text/plain")}
    if name not in kinds:
        raise Http404
    text, kind = kinds[name]
    return HttpResponse(text, kind, headers={"Content-Disposition": f'attachment; filename="keyturn-{name}"'})


@page(Permission.USE_PORTAL, "POST")
@never_cache
@sensitive_post_parameters("code")
def turn_off(request: AdminRequest) -> HttpResponse:
    """Turn it off, by a code and a word; never for those who must have it."""
    if must_have_factor(request.admin):
        raise Refused("Your account must have two-factor sign-in. Set it up on a new device instead.")
    form = TurnOffForm(request.POST)
    if form.is_valid():
        try:
            if second_factor.accept(request.admin, form.cleaned_data["code"], ip=request.actor.ip):
                second_factor.turn_off(request.actor, request.admin)
                notify(request, "Two-factor sign-in is off")
                return redirect("admin:profile")
            form.add_error("code", second_factor.WRONG)
        except SignInRefused as refusal:
            form.add_error("code", refusal.message)
    return _manage(request, code=form)


@page(Permission.USE_PORTAL, "POST")
@never_cache
@sensitive_post_parameters("current")
def codes(request: AdminRequest) -> HttpResponse:
    """The unused recovery codes, or new ones, by the password (PRF-09)."""
    form = PresentPasswordForm(request.POST)
    if form.is_valid():
        try:
            policy.confirm(request.actor, request.admin, form.cleaned_data["current"])
        except Invalid as refusal:
            add_errors(form, refusal)
        except SignInRefused as refusal:
            form.add_error("current", refusal.message)
        else:
            renew = "renew" in request.POST
            shown = (
                second_factor.renew_codes(request.actor, request.admin)
                if renew
                else second_factor.unused_codes(request.admin)
            )
            return _show(request, "codes", {"codes": shown, "fresh": False, "renewed": renew})
    return _manage(request, password=form)


def _ask_both(request: AdminRequest) -> HttpResponse:
    """The password and a code of the present device, before it is replaced."""
    form = PasswordAndCodeForm(request.POST if "current" in request.POST else None)
    if form.is_valid():
        try:
            replacing.open_for(request, form.cleaned_data["current"], form.cleaned_data["code"])
        except Invalid as refusal:
            add_errors(form, refusal)
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            second_factor.enrol(request.admin)
            return redirect("admin:two_factor_set_up")
    return _show(request, "replace", {"form": form})


def _manage(
    request: AdminRequest, code: TurnOffForm | None = None, password: PresentPasswordForm | None = None
) -> HttpResponse:
    context = {
        "code_form": code or TurnOffForm(),
        "form": password or PresentPasswordForm(),
        "left": second_factor.codes_left(request.admin),
        "required": must_have_factor(request.admin),
    }
    return _show(request, "manage", context, refused=bool(code or password))


def _show(request: AdminRequest, template: str, context: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    context |= {"section": "Profile", "all_codes": "\n".join(context.get("codes", ()))}
    refused = refused or bool("form" in context and context["form"].errors)
    return render(request, f"admin/profile/two_factor/{template}.html", context, status=422 if refused else 200)
