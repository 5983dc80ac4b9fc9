"""Changelog entries: the list, the page of one, their forms and what is done about them."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.changelog import services
from keyturn.licensing.changelog.models import Entry, Kind, today
from keyturn.licensing.changelog.rendering import grouped
from keyturn.licensing.products.models import Product
from keyturn.portals.admin import change_rows
from keyturn.portals.admin.change_rows import ChangeRow
from keyturn.portals.admin.changelog_list import CHANGELOG, changelog_source
from keyturn.portals.admin.decorators import View, page
from keyturn.portals.admin.forms.changelog import EditEntryForm, EntryForm, NewEntryForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "Changelog"


def _when_on(view: View) -> View:
    """The master switch hides every page of it; entries are kept (CHL-24)."""

    @wraps(view)
    def answer(request: AdminRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.vendor["changelog.enabled"]:
            raise Http404
        return view(request, *args, **kwargs)

    return answer


@page(Permission.VIEW_RELEASES)
@_when_on
def changelog(request: AdminRequest) -> HttpResponse:
    """Every entry of the environment."""
    silent = Product.objects.in_scope(request.actor).filter(changelog_enabled=False).order_by("name")
    context = {"silent": silent[:5], "may_manage": may(request.actor, Permission.MANAGE_RELEASES)}
    return CHANGELOG.respond(request, changelog_source(request.actor), {"section": SECTION, **context})


@page(Permission.MANAGE_RELEASES, "GET", "POST")
@_when_on
def create(request: AdminRequest) -> HttpResponse:
    """A new entry."""
    posted, products = request.method == "POST", Product.objects.in_scope(request.actor)
    form = NewEntryForm(request.POST if posted else None, products=products, initial={"release_date": today()})
    rows = change_rows.read_rows(request.POST) if posted else [ChangeRow()]
    if posted and form.is_valid():
        try:
            draft = form.draft(change_rows.changes(rows))
            entry = services.create(request.actor, form.cleaned_data["product"], draft)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return _saved(request, entry)
    return _form(request, form, rows, posted=posted)


@page(Permission.MANAGE_RELEASES, "GET", "POST")
@_when_on
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """All but the product."""
    entry, posted = _find(request, uuid), request.method == "POST"
    form = EditEntryForm(request.POST if posted else None, entry=entry)
    rows = change_rows.read_rows(request.POST) if posted else change_rows.rows_of(entry)
    if posted and form.is_valid():
        try:
            draft, revision = form.draft(change_rows.changes(rows)), form.cleaned_data["revision"]
            return _saved(request, services.update(request.actor, entry, draft, revision=revision))
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return _form(request, form, rows, posted=posted, entry=_find(request, uuid))


@page(Permission.VIEW_RELEASES)
@_when_on
def entry(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One entry as its readers see it."""
    found = _find(request, uuid)
    context = {
        "entry": found,
        "groups": grouped(change_rows.said(change_rows.rows_of(found))),
        "may_manage": _may_manage(request),
    }
    return render(request, "admin/changelog/entry.html", {"section": SECTION, **context})


@page(Permission.MANAGE_RELEASES, "POST")
@_when_on
def rows(request: AdminRequest) -> HttpResponse:
    """The rows of changes after one was added, moved or removed; nothing is saved."""
    changed = change_rows.change(change_rows.read_rows(request.POST), request.POST.get("change", ""))
    return render(request, "admin/changelog/_changes.html", {"rows": changed, "kinds": Kind.choices})


@page(Permission.MANAGE_RELEASES, "POST")
@_when_on
def preview(request: AdminRequest) -> HttpResponse:
    """What is typed, as readers will see it; nothing is saved."""
    names = ("version", "title", "summary")
    context: dict[str, object] = {name: request.POST.get(name, "") for name in names}
    context["groups"] = grouped(change_rows.said(change_rows.read_rows(request.POST)))
    return responses.dialog(request, "admin/changelog/preview.html", context)


@page(Permission.MANAGE_RELEASES, "POST")
@_when_on
def publish(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Let everybody read it."""
    found = _find(request, uuid)
    services.publish(request.actor, found)
    return _back(request, found, "published", _hidden(found))


@page(Permission.MANAGE_RELEASES, "POST")
@_when_on
def withdraw(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Make it a draft again."""
    found = _find(request, uuid)
    services.withdraw(request.actor, found)
    return _back(request, found, "is a draft again")


@page(Permission.MANAGE_RELEASES, "GET", "POST")
@_when_on
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then remove an entry."""
    found = _find(request, uuid)
    if request.method == "POST":
        services.delete(request.actor, found)
        text = f"{found.product.name} {found.version} deleted"
        return responses.done_on_list(request, reverse("admin:changelog"), text)
    return responses.dialog(request, "admin/changelog/delete.html", {"entry": found, "url": request.path})


def _saved(request: AdminRequest, entry: Entry) -> HttpResponse:
    if request.POST.get("then") == "publish":
        services.publish(request.actor, entry)
        notify(request, f"{entry.product.name} {entry.version} published", detail=_hidden(entry))
    else:
        notify(request, f"{entry.product.name} {entry.version} saved")
    return redirect("admin:changelog_entry", uuid=entry.uuid)


def _back(request: AdminRequest, entry: Entry, what: str, detail: str = "") -> HttpResponse:
    own = reverse("admin:changelog_entry", args=[entry.uuid])
    text = f"{entry.product.name} {entry.version} {what}"
    return responses.done_on_list(request, reverse("admin:changelog"), text, detail=detail, elsewhere=own)


def _hidden(entry: Entry) -> str:
    return "" if entry.product.changelog_enabled else "It stays hidden until the changelog of its product is enabled."


def _may_manage(request: AdminRequest) -> bool:
    return may(request.actor, Permission.MANAGE_RELEASES)


def _find(request: AdminRequest, uuid: UUID) -> Entry:
    rows = Entry.objects.in_scope(request.actor).select_related("product")
    return get_object_or_404(rows, uuid=uuid)


def _form(request: AdminRequest, form: EntryForm, rows: list[ChangeRow], *, posted: bool, **more: Any) -> HttpResponse:
    context = {"section": SECTION, "form": form, "rows": rows, "kinds": Kind.choices, **more}
    return render(request, "admin/changelog/form.html", context, status=422 if posted else 200)
