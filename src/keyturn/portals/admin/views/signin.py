"""The way in, by password and code, and the way out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyturn.core.clock import now
from keyturn.people.signin import accounts, passkeys, requests, second_factor, viewing
from keyturn.people.signin import sessions as rows
from keyturn.people.signin.admins import SignInRefused, authenticate, give_code
from keyturn.people.signin.links import Purpose
from keyturn.portals.admin import sessions
from keyturn.portals.admin.decorators import without_sign_in
from keyturn.portals.admin.sessions import safe_next, signed_in_admin
from keyturn.portals.admin.views.passkeys import site_of
from keyturn.portals.ui.signin_forms import CodeForm, EmailForm, SignInForm
from keyturn.portals.ui.toasts import notify


@without_sign_in("GET", "POST")
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password, then on to the page that was asked for."""
    target = safe_next(request.GET.get("next", ""))
    if signed_in_admin(request):
        return redirect(target)
    form = SignInForm(request.POST if request.method == "POST" else None)
    status, visitor = 200, rows.visitor(request)
    if form.is_valid():
        email, password = form.cleaned_data["email"], form.cleaned_data["password"]
        try:
            admin = authenticate(email, password, ip=visitor.ip, user_agent=visitor.user_agent)
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
            status = 429 if refusal.wait else 200
        else:
            if second_factor.is_on(admin):
                sessions.wait_for_code(request, admin)
                return redirect(f"{reverse('admin:code')}?{urlencode({'next': target})}")
            sessions.sign_in(request, admin)
            return redirect(target)
    context = {"form": form, "next": target, "passkeys": site_of(request).usable}
    return render(request, "admin/sign_in.html", context, status=status)


@without_sign_in("GET", "POST")
@never_cache
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the app, or a recovery code."""
    target, admin = safe_next(request.GET.get("next", "")), sessions.waiting(request)
    if admin is None:
        return redirect(target)
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            method = give_code(admin, form.cleaned_data["code"], rows.visitor(request))
        except SignInRefused as refusal:
            form.add_error("code", refusal.message)
            status = 429 if refusal.wait else 200
        else:
            sessions.sign_in(request, admin, method=method)
            if method == "recovery":
                _remind(request, second_factor.codes_left(admin))
            return redirect(target)
    left = second_factor.STEP - int(now().timestamp()) % second_factor.STEP
    context = {
        "form": form,
        "recovery": "recovery" in request.GET,
        "next": target,
        "left": left,
        "passkeys": site_of(request).usable and passkeys.of(admin).exists(),
    }
    return render(request, "admin/code.html", context, status=status)


@without_sign_in("GET", "POST")
@never_cache
def forgot(request: HttpRequest) -> HttpResponse:
    """Have a link to a new password sent; the answer is the same for unknown addresses."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    sent, status = False, 200
    if form.is_valid():
        try:
            requests.ask(accounts.ADMIN, Purpose.RESET, form.cleaned_data["email"], rows.visitor(request))
            sent = True
        except SignInRefused as refusal:
            form.add_error(None, refusal.message)
            status = 429
    return render(request, "admin/forgot.html", {"form": form, "sent": sent}, status=status)


@without_sign_in("POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and what its admin is looking at in the Client Portal."""
    admin = signed_in_admin(request)
    if admin is not None:
        viewing.end_of(admin)
        accounts.note(sessions.actor_for(request, admin), admin, "signed_out")
    sessions.sign_out(request)
    return redirect("admin:sign_in")


def _remind(request: HttpRequest, left: int) -> None:
    text = f"{left} recovery code{'' if left == 1 else 's'} left"
    notify(request, text, tone="warn" if left <= 2 else "info", detail="Make new ones in your profile.")
