"""Retention policies: the page, its dialogs and the dry run."""

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.operations.retention import services
from keyturn.operations.retention.entities import entity
from keyturn.operations.retention.models import EntityType, Policy
from keyturn.portals.admin import retention_page
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.retention import SHORTCUTS, NewPolicyForm, PolicyForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors

_CONTEXT = {"section": "Retention Policies", "shortcuts": SHORTCUTS}


@page(Permission.MANAGE_RETENTION)
def policies(request: AdminRequest) -> HttpResponse:
    """The policies of the environment, and what they would remove."""
    return render(request, "admin/retention/page.html", {**_CONTEXT, **retention_page.shown(request.actor)})


@page(Permission.MANAGE_RETENTION, "GET", "POST")
def dry_run(request: AdminRequest) -> HttpResponse:
    """What a purge at this moment would remove; goes on record."""
    if request.method != "POST":
        return redirect("admin:retention")
    found = services.dry_run(request.actor)
    result = {"dry_run": found, "total": sum(one.rows for one in found)}
    if request.headers.get("HX-Target") == "dry-run":
        return render(request, "admin/retention/_dry_run.html", result)
    return render(request, "admin/retention/page.html", {**_CONTEXT, **retention_page.shown(request.actor), **result})


@dataclass(frozen=True)
class _Loss:
    """Rows that the next purge would remove because of new days."""

    days: str
    rows: int


@page(Permission.MANAGE_RETENTION, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """A policy for a kind that has none."""
    form = NewPolicyForm(retention_page.shown(request.actor)["free"], request.POST or None)
    context: dict[str, object] = {**_CONTEXT, "form": form, "url": request.path, "new": True}
    if request.method == "POST" and form.is_valid():
        try:
            loss = _loss(request, form, form.cleaned_data["entity_type"], None)
            if loss is None:
                policy = services.create(request.actor, **form.cleaned_data)
                return responses.done_to(request, reverse("admin:retention"), f"Policy for {_name(policy)} saved")
            context["loss"] = loss
        except services.Taken as refusal:
            context["taken"] = refusal.policy
        except Invalid as refusal:
            add_errors(form, refusal)
    return responses.dialog(request, "admin/retention/form.html", context, refused=request.method == "POST")


@page(Permission.MANAGE_RETENTION, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Other days; the kind stays."""
    policy = _find(request, uuid)
    start = {"days": policy.days, "is_enabled": policy.is_enabled}
    form = PolicyForm(policy.entity_type, request.POST or None, initial=start)
    context: dict[str, object] = {**_CONTEXT, "form": form, "url": request.path, "policy": policy}
    if request.method == "POST" and form.is_valid():
        try:
            loss = _loss(request, form, policy.entity_type, policy)
            if loss is None:
                services.update(request.actor, policy, **form.cleaned_data)
                return responses.done_to(request, reverse("admin:retention"), f"Policy for {_name(policy)} saved")
            context["loss"] = loss
        except Invalid as refusal:
            add_errors(form, refusal)
    return responses.dialog(request, "admin/retention/form.html", context, refused=request.method == "POST")


@page(Permission.MANAGE_RETENTION, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then keep everything of that kind."""
    policy = _find(request, uuid)
    if request.method == "POST":
        services.delete(request.actor, policy)
        return responses.done_to(request, reverse("admin:retention"), f"Policy for {_name(policy)} deleted")
    return responses.dialog(request, "admin/retention/delete.html", {"policy": policy, "url": request.path})


def _loss(request: AdminRequest, form: forms.Form, entity_type: str, policy: Policy | None) -> _Loss | None:
    """What must be confirmed first: rows that would go because less is kept than before (RET-06)."""
    days, before = form.cleaned_data["days"], policy.days if policy and policy.is_enabled else None
    number = entity(entity_type).check(days)
    if not form.cleaned_data["is_enabled"] or (before is not None and number >= before):
        return None
    if request.POST.get("confirmed") == str(number):
        return None
    rows = services.count_old(request.actor.environment, entity_type, services.cutoff(number))
    return _Loss(str(number), rows) if rows else None


def _find(request: AdminRequest, uuid: UUID) -> Policy:
    return get_object_or_404(Policy.objects.in_scope(request.actor), uuid=uuid)


def _name(policy: Policy) -> str:
    return EntityType(policy.entity_type).label
