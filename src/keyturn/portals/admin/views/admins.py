"""The list of admin users, their forms and what is done about them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.people.admins import services
from keyturn.people.admins.models import Admin
from keyturn.people.signin import leaving, lost_devices, second_factor, staff_links
from keyturn.platform.mail import transports
from keyturn.platform.preferences import services as preferences
from keyturn.portals.admin.admin_list import ADMINS, admin_source
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.admins import AdminForm, NewAdminForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "Admin Users"


@page(Permission.MANAGE_ADMINS)
def admins(request: AdminRequest) -> HttpResponse:
    """Everybody who runs the platform."""
    return ADMINS.respond(request, admin_source(), {"section": SECTION, "me": request.admin})


@page(Permission.MANAGE_ADMINS, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """A new admin, who is invited by e-mail; the link is shown here, too, once."""
    posted = request.method == "POST"
    form = NewAdminForm(request.POST if posted else None, initial=NewAdminForm.START)
    if posted and form.is_valid():
        try:
            admin = services.add(request.actor, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            link = staff_links.invite(request.actor, admin) if admin.is_active else ""
            return _render(request, "admin/admins/invited.html", {"admin": admin, "link": link, **_links()})
    return _render(request, "admin/admins/form.html", {"form": form}, posted)


@page(Permission.MANAGE_ADMINS, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Name, role, status and whether 2FA is required."""
    admin, posted = _find(uuid), request.method == "POST"
    form = AdminForm(request.POST if posted else None, initial=AdminForm.values_of(admin))
    if posted and form.is_valid():
        try:
            services.update(request.actor, admin, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, f"{form.cleaned_data['name']} saved")
            return redirect("admin:admins")
    return _render(
        request,
        "admin/admins/form.html",
        {"form": form, "edited": _find(uuid), "has_2fa": second_factor.is_on(admin)},
        posted,
    )


@page(Permission.MANAGE_ADMINS, "GET", "POST")
def deactivate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then keep an admin out."""
    admin = _find(uuid)
    if request.method == "POST":
        services.set_active(request.actor, admin, False)
        return responses.done(request, f"{admin.name} deactivated")
    return responses.dialog(request, "admin/admins/deactivate.html", {"edited": admin, "url": request.path})


@page(Permission.MANAGE_ADMINS, "POST")
def reactivate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Let an admin in again."""
    admin = services.set_active(request.actor, _find(uuid), True)
    detail = "" if admin.has_usable_password() else "There is no password yet: resend the invitation."
    return responses.done_on_list(request, reverse("admin:admins"), f"{admin.name} reactivated", detail=detail)


@page(Permission.MANAGE_ADMINS, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask for the address to be typed, then erase."""
    admin = _find(uuid)
    if request.method == "POST":
        if request.POST.get("confirm", "").strip().lower() != admin.email:
            raise Refused("The e-mail address typed is another one. Nothing was deleted.")
        leaving.delete(request.actor, admin)
        return responses.done_on_list(request, reverse("admin:admins"), "Admin deleted")
    return responses.dialog(request, "admin/admins/delete.html", {"edited": admin, "url": request.path})


@page(Permission.MANAGE_ADMINS, "POST")
def invite(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """A fresh invitation; the one before stops working."""
    admin = _find(uuid)
    link = staff_links.invite(request.actor, admin)
    return responses.dialog(request, "admin/admins/link.html", {"edited": admin, "link": link, **_links()})


@page(Permission.MANAGE_ADMINS, "GET", "POST")
def reset(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then sign an admin out everywhere and mail a link for a new password."""
    admin = _find(uuid)
    if request.method == "POST":
        staff_links.reset(request.actor, admin)
        way = "A link is on its way" if transports.ready() else "Mail is not set up: the link waits in the Outbox"
        return responses.done(request, f"Password reset of {admin.name} begun", detail=f"{way}. All sessions ended.")
    return responses.dialog(request, "admin/admins/reset.html", {"edited": admin, "url": request.path, **_links()})


@page(Permission.MANAGE_ADMINS, "GET", "POST")
def reset_2fa(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then take the second factor of an admin away who lost his device."""
    admin = _find(uuid)
    if request.method == "POST":
        lost_devices.reset(request.actor, admin)
        text, detail = f"Two-factor sign-in of {admin.name} reset", "All sessions were ended."
        return responses.done_to(request, reverse("admin:admin_edit", args=[uuid]), text, detail=detail)
    return responses.dialog(request, "admin/admins/reset_2fa.html", {"edited": admin, "url": request.path})


def _links() -> dict[str, Any]:
    """For pages that tell of a link: whether it is mailed, and how long it works."""
    lasts = preferences.values("links.invitation_hours", "links.reset_minutes")
    return {
        "mailed": transports.ready(),
        "hours": lasts["links.invitation_hours"],
        "minutes": lasts["links.reset_minutes"],
    }


def _find(uuid: UUID) -> Admin:
    return get_object_or_404(Admin.objects.present(), uuid=uuid)


def _render(request: AdminRequest, template: str, context: dict[str, Any], posted: bool = False) -> HttpResponse:
    return render(request, template, {"section": SECTION, **context}, status=422 if posted else 200)
