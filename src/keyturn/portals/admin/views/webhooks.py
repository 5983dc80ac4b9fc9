"""The list of webhooks, their forms and what is done about them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.platform.webhooks import services
from keyturn.platform.webhooks.models import Webhook
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.webhooks import NewWebhookForm, WebhookForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.webhook_list import WEBHOOKS, webhook_source
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "Webhooks"


@page(Permission.MANAGE_WEBHOOKS)
def webhooks(request: AdminRequest) -> HttpResponse:
    """Every webhook, never its secret."""
    return WEBHOOKS.respond(request, webhook_source(), {"section": SECTION})


@page(Permission.MANAGE_WEBHOOKS, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """A new webhook; its page then shows the secret."""
    posted = request.method == "POST"
    form = NewWebhookForm(request.POST if posted else None, initial=NewWebhookForm.START)
    if posted and form.is_valid():
        try:
            webhook = services.create(request.actor, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, f"{webhook.name} created", detail="Give its secret to the receiver.")
            return redirect("admin:webhook_edit", webhook.uuid)
    return _render(request, {"form": form}, posted)


@page(Permission.MANAGE_WEBHOOKS, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """All but environment and secret."""
    webhook, posted = _find(uuid), request.method == "POST"
    form = WebhookForm(request.POST if posted else None, initial=WebhookForm.values_of(webhook))
    if posted and form.is_valid():
        try:
            webhook = services.update(request.actor, webhook, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, f"{webhook.name} saved")
            return redirect("admin:webhooks")
    return _render(request, {"form": form, "edited": webhook}, posted)


@page(Permission.MANAGE_WEBHOOKS, "POST")
@never_cache
def secret(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The secret, for the reveal and copy buttons; goes on record."""
    return JsonResponse({"key": services.reveal(request.actor, _find(uuid))})


@page(Permission.MANAGE_WEBHOOKS, "GET", "POST")
def renew(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then replace the secret."""
    webhook = _find(uuid)
    if request.method == "POST":
        services.renew_secret(request.actor, webhook)
        return responses.done(request, "New secret generated", detail="Give it to the receiver now.")
    return responses.dialog(request, "admin/webhooks/renew.html", {"webhook": webhook, "url": request.path})


@page(Permission.MANAGE_WEBHOOKS, "POST")
def enable(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Tell it of what happens from now on."""
    return _set_active(request, uuid, True)


@page(Permission.MANAGE_WEBHOOKS, "POST")
def disable(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Tell it nothing any more."""
    return _set_active(request, uuid, False)


@page(Permission.MANAGE_WEBHOOKS, "POST")
def test(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Queue a test and show what comes of it."""
    delivery = services.test(request.actor, _find(uuid))
    return redirect("admin:webhook_delivery", delivery.uuid)


@page(Permission.MANAGE_WEBHOOKS, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then remove a webhook."""
    webhook = _find(uuid)
    if request.method == "POST":
        services.delete(request.actor, webhook)
        return responses.done(request, f"{webhook.name} deleted")
    return responses.dialog(request, "admin/webhooks/delete.html", {"webhook": webhook, "url": request.path})


def _set_active(request: AdminRequest, uuid: UUID, active: bool) -> HttpResponse:
    webhook = _find(uuid)
    services.set_active(request.actor, webhook, active)
    text = f"{webhook.name} {'activated' if active else 'deactivated'}"
    return responses.done_on_list(request, reverse("admin:webhooks"), text)


def _find(uuid: UUID) -> Webhook:
    return get_object_or_404(Webhook, uuid=uuid)


def _render(request: AdminRequest, context: dict[str, Any], posted: bool) -> HttpResponse:
    status = 422 if posted else 200
    return render(request, "admin/webhooks/form.html", {"section": SECTION, **context}, status=status)
