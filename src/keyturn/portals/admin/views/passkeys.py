"""Passkeys of admins: signing in with one, and looking after one's own."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.people.signin import passkeys, policy
from keyturn.people.signin import sessions as rows
from keyturn.people.signin.passkeys import Site
from keyturn.people.signin.refusals import SignInRefused
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.addresses import base_url
from keyturn.portals.admin import sessions
from keyturn.portals.admin.decorators import page, without_sign_in
from keyturn.portals.admin.forms.profile import PasskeyForm, PresentPasswordForm
from keyturn.portals.admin.sessions import AdminRequest, safe_next
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.signin_forms import SignInForm


def site_of(request: HttpRequest) -> Site:
    """Where passkeys belong: the public address when one is set, else the address that was opened."""
    fixed = settings.PUBLIC_URL or preferences.text("general.base_url")
    return Site(base_url() if fixed else f"{request.scheme}://{request.get_host()}")


@without_sign_in("GET", "POST")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """What the browser asks a device (GET), and the device's answer (POST), which is both steps of signing in."""
    site, target = site_of(request), safe_next(request.GET.get("next", ""))
    if request.method == "GET":
        try:
            asked = passkeys.ask_who(site)
        except Refused as refusal:
            return JsonResponse({"error": str(refusal)}, status=409)
        return JsonResponse({"options": asked.options, "ticket": asked.ticket})
    ticket, answer = request.POST.get("ticket", ""), request.POST.get("answer", "")
    try:
        admin = passkeys.authenticate(site, rows.visitor(request), ticket=ticket, answer=answer)
    except SignInRefused as refusal:
        context = {"form": SignInForm(), "passkeys": site.usable, "refusal": refusal.message, "next": target}
        return render(request, "admin/sign_in.html", context, status=429 if refusal.wait else 422)
    sessions.sign_in(request, admin, method="passkey")
    return redirect(target)


@page(Permission.USE_PORTAL, "GET", "POST")
@never_cache
@sensitive_post_parameters("current")
def add(request: AdminRequest) -> HttpResponse:
    """A name and the password; then the browser is asked for a passkey."""
    site, posted = site_of(request), request.method == "POST"
    form = PasskeyForm(request.POST if posted else None)
    if form.is_valid():
        try:
            policy.confirm(request.actor, request.admin, form.cleaned_data["current"])
            asked = passkeys.ask_to_add(request.admin, site)
        except Invalid as refusal:
            add_errors(form, refusal)
        except (SignInRefused, Refused) as refusal:
            form.add_error(None, refusal.message)
        else:
            step = {"asked": asked, "name": form.cleaned_data["name"], "url": reverse("admin:passkey_keep")}
            return responses.dialog(request, "admin/profile/passkey_device.html", step)
    return _ask(request, form, refused=posted)


@page(Permission.USE_PORTAL, "POST")
@never_cache
def keep(request: AdminRequest) -> HttpResponse:
    """The passkey that the browser made."""
    name = request.POST.get("name", "")
    given = {"ticket": request.POST.get("ticket", ""), "answer": request.POST.get("answer", "")}
    try:
        kept = passkeys.add(request.actor, request.admin, site_of(request), name=name, **given)
    except Invalid as refusal:
        form = PasskeyForm({"name": name})
        form.errors.clear()
        form.add_error(None, " ".join(text for texts in refusal.errors.values() for text in texts))
        return _ask(request, form, refused=True)
    return responses.done(request, "Passkey added", detail=f"“{kept.name}” signs you in from now on.")


@page(Permission.USE_PORTAL, "GET", "POST")
@never_cache
@sensitive_post_parameters("current")
def remove(request: AdminRequest, passkey: UUID) -> HttpResponse:
    """Take a passkey away, by the password."""
    found = passkeys.of(request.admin).filter(uuid=passkey).first()
    if found is None:
        raise Http404
    posted = request.method == "POST"
    form = PresentPasswordForm(request.POST if posted else None)
    if form.is_valid():
        try:
            policy.confirm(request.actor, request.admin, form.cleaned_data["current"])
        except Invalid as refusal:
            add_errors(form, refusal)
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            passkeys.remove(request.actor, request.admin, passkey)
            return responses.done(request, "Passkey removed", detail="Delete it on your device too.")
    context = {"form": form, "url": request.path, "passkey": found}
    return responses.dialog(request, "admin/profile/passkey_remove.html", context, refused=posted)


def _ask(request: AdminRequest, form: PasskeyForm, *, refused: bool) -> HttpResponse:
    context = {"form": form, "url": reverse("admin:passkey_add"), "site": site_of(request)}
    return responses.dialog(request, "admin/profile/passkey.html", context, refused=refused)
