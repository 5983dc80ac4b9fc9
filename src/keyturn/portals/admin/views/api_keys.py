"""The list of API keys, their forms and what is done about them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django_htmx.http import reselect, reswap, retarget, trigger_client_event

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.people.apikeys import services
from keyturn.people.apikeys.catalog import PRESETS
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers import lists as customers
from keyturn.portals.admin.api_key_list import API_KEYS, api_key_source
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.api_keys import ApiKeyForm, NewApiKeyForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "API Keys"


@page(Permission.MANAGE_API_KEYS)
def api_keys(request: AdminRequest) -> HttpResponse:
    """Every key, never its secret."""
    return API_KEYS.respond(request, api_key_source(), {"section": SECTION})


@page(Permission.MANAGE_API_KEYS, "GET", "POST")
@never_cache
def create(request: AdminRequest) -> HttpResponse:
    """A new key; its secret stands in this one answer."""
    posted = request.method == "POST"
    form = NewApiKeyForm(request.POST if posted else None, initial=NewApiKeyForm.START)
    if posted and form.is_valid():
        try:
            key, secret = services.create(request.actor, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return _created(request, key, secret)
    return _render(request, "admin/api_keys/form.html", {"form": form, "presets": PRESETS}, posted)


@page(Permission.MANAGE_API_KEYS, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """All but environment and secret."""
    key, posted = _find(uuid), request.method == "POST"
    form = ApiKeyForm(request.POST if posted else None, key=key, initial=ApiKeyForm.values_of(key))
    if posted and form.is_valid():
        try:
            key = services.update(request.actor, key, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, f"{key.name} saved")
            return redirect("admin:api_keys")
    context = {"form": form, "presets": PRESETS, "edited": key}
    return _render(request, "admin/api_keys/form.html", context, posted)


@page(Permission.MANAGE_API_KEYS)
def people(request: AdminRequest) -> HttpResponse:
    """Customers whose name or address holds what is being typed, for the form to offer."""
    term = request.GET.get("customer", "").strip()
    found = customers.page(term, sort="email", direction="asc", per_page=8).rows if term else []
    return render(request, "admin/api_keys/_people.html", {"found": found})


@page(Permission.MANAGE_API_KEYS, "GET", "POST")
@never_cache
def regenerate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then show a new secret in this one answer."""
    key = _find(uuid)
    if request.method == "POST":
        key, secret = services.regenerate(request.actor, key)
        answer = responses.dialog(request, "admin/api_keys/secret.html", {"key": key, "secret": secret})
        return trigger_client_event(answer, "listChanged", {})
    return responses.dialog(request, "admin/api_keys/regenerate.html", {"key": key, "url": request.path})


@page(Permission.MANAGE_API_KEYS, "GET", "POST")
def revoke(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then stop a key."""
    key = _find(uuid)
    if request.method == "POST":
        services.revoke(request.actor, key)
        return responses.done(request, f"{key.name} revoked")
    return responses.dialog(request, "admin/api_keys/revoke.html", {"key": key, "url": request.path})


@page(Permission.MANAGE_API_KEYS, "POST")
def enable(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Let a revoked key work again."""
    key = _find(uuid)
    services.enable(request.actor, key)
    return responses.done_on_list(request, reverse("admin:api_keys"), f"{key.name} enabled")


@page(Permission.MANAGE_API_KEYS, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then remove a key."""
    key = _find(uuid)
    if request.method == "POST":
        services.delete(request.actor, key)
        return responses.done(request, f"{key.name} deleted")
    return responses.dialog(request, "admin/api_keys/delete.html", {"key": key, "url": request.path})


def _created(request: AdminRequest, key: ApiKey, secret: str) -> HttpResponse:
    if request.headers.get("HX-Request") != "true":
        return _render(request, "admin/api_keys/created.html", {"key": key, "secret": secret})
    # The dialog opens over a page that says what was made, so that the form cannot be sent again.
    context: dict[str, object] = {"key": key, "secret": secret, "fresh": True}
    answer = responses.dialog(request, "admin/api_keys/secret.html", context)
    return reselect(reswap(retarget(answer, "#dialogs"), "innerHTML"), "dialog")


def _find(uuid: UUID) -> ApiKey:
    return get_object_or_404(ApiKey.objects.select_related("customer"), uuid=uuid)


def _render(request: AdminRequest, template: str, context: dict[str, Any], posted: bool = False) -> HttpResponse:
    return render(request, template, {"section": SECTION, **context}, status=422 if posted else 200)
