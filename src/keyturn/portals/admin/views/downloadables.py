"""The releases of products: list, page and forms."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import entitlement, services, uploads
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.releases import (
    FILE_CHOICES,
    EditReleaseForm,
    NewReleaseForm,
    ReleaseForm,
    read_assets,
    shown_files,
)
from keyturn.portals.admin.release_list import RELEASES, release_source
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "Downloads"


def find_release(request: AdminRequest, uuid: UUID) -> Release:
    """A release of this environment with its product, or 404."""
    return get_object_or_404(Release.objects.in_scope(request.actor).select_related("product"), uuid=uuid)


@page(Permission.VIEW_RELEASES)
def downloadables(request: AdminRequest) -> HttpResponse:
    """Every release of the environment."""
    context = {
        "section": SECTION,
        "may_manage": may(request.actor, Permission.MANAGE_RELEASES),
        "has_products": Product.objects.in_scope(request.actor).exists(),
    }
    return RELEASES.respond(request, release_source(request.actor), context)


@page(Permission.VIEW_RELEASES)
def downloadable(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One release in full: its files, who gets them, and how often they did."""
    release = find_release(request, uuid)
    context = {
        "section": SECTION,
        "release": release,
        "files": list(release.files.all()),
        "narrowed": entitlement.is_narrowed(release),
        "may_manage": may(request.actor, Permission.MANAGE_RELEASES),
    }
    return render(request, "admin/releases/detail.html", context)


@page(Permission.MANAGE_RELEASES, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """A new release of files that were uploaded before."""
    posted = request.method == "POST"
    start = {**NewReleaseForm.start(), "product": request.GET.get("product", "")}
    form = NewReleaseForm(request.POST if posted else None, actor=request.actor, initial=start)
    assets = read_assets(request.POST)
    if posted and form.is_valid():
        try:
            product = form.cleaned_data["product"]
            release = services.create(request.actor, product=product, assets=assets, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, f"{release} uploaded", detail=_told(release))
            return redirect("admin:downloadable", uuid=release.uuid)
    elif posted and not assets:
        # The services are not asked yet; all that is missing is told at once.
        form.add_error("assets", services.NO_FILE)
    files = shown_files(assets, ReleaseFile.objects.uploads_of(request.actor))
    return _form(request, form, files, posted=posted)


@page(Permission.MANAGE_RELEASES, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Everything but the product can change; files that are taken away are gone."""
    release, posted = find_release(request, uuid), request.method == "POST"
    form = EditReleaseForm(request.POST if posted else None, initial=EditReleaseForm.values_of(release))
    own, assets = list(release.files.all()), read_assets(request.POST)
    if posted and form.is_valid():
        revision = form.cleaned_data["revision"]
        try:
            services.update(request.actor, release, revision=revision, assets=assets, **form.values())
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, "Release saved")
            return redirect("admin:downloadable", uuid=uuid)
    known = [*own, *ReleaseFile.objects.uploads_of(request.actor)] if posted else own
    files = shown_files(assets, known) if posted else own
    return _form(request, form, files, posted=posted, release=find_release(request, uuid))


@page(Permission.MANAGE_RELEASES, "POST")
def status(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Publish a release, or take it back into draft."""
    release = find_release(request, uuid)
    wanted = request.POST.get("status", release.status)
    services.set_status(request.actor, release, wanted)
    text = f"{release} is {'published' if wanted == 'published' else 'a draft'}"
    own = reverse("admin:downloadable", args=[uuid])
    return responses.done_on_list(request, reverse("admin:downloadables"), text, detail=_told(release), elsewhere=own)


@page(Permission.MANAGE_RELEASES, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then remove a release with its files."""
    release = find_release(request, uuid)
    if request.method == "POST":
        services.delete(request.actor, release)
        text = f"{release} deleted"
        return responses.done_on_list(request, reverse("admin:downloadables"), text)
    context: dict[str, object] = {"release": release, "count": release.files.count(), "url": request.path}
    return responses.dialog(request, "admin/releases/delete.html", context)


def _told(release: Release) -> str:
    published = release.status == Release.Status.PUBLISHED
    return "Customers with a license see it now." if published else "Customers do not see it."


def _form(request: AdminRequest, form: ReleaseForm, files: list[ReleaseFile], **more: Any) -> HttpResponse:
    context = {
        "section": SECTION,
        "form": form,
        "files": files,
        "largest": uploads.largest(),
        "largest_words": uploads.words(uploads.largest()),
        **FILE_CHOICES,
        **more,
    }
    return render(request, "admin/releases/form.html", context, status=422 if more["posted"] else 200)
