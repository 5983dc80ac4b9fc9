"""The list of license generators and their forms."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.generators import formats, services
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.products.models import Product
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.forms.generators import EditGeneratorForm, FormatForm, NewGeneratorForm
from keyturn.portals.admin.generator_list import GENERATORS, generator_source
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "License Generators"


def find_generator(request: AdminRequest, uuid: UUID) -> Generator:
    """A generator of this environment with its product, or 404."""
    return get_object_or_404(Generator.objects.in_scope(request.actor).select_related("product"), uuid=uuid)


@page(Permission.VIEW_CATALOG)
def generators(request: AdminRequest) -> HttpResponse:
    """Every generator of the environment."""
    context = {
        "section": SECTION,
        "may_manage": may(request.actor, Permission.MANAGE_CATALOG),
        "may_generate": may(request.actor, Permission.MANAGE_LICENSES),
        "has_products": Product.objects.in_scope(request.actor).exists(),
    }
    return GENERATORS.respond(request, generator_source(request.actor), context)


@page(Permission.EXPORT_LISTS)
def export(request: AdminRequest) -> HttpResponseBase:
    """The generators of a search as a file."""
    return download(request, GENERATORS, generator_source(request.actor).all(GENERATORS.state(request)))


@page(Permission.MANAGE_CATALOG, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """A new generator."""
    posted = request.method == "POST"
    start = {**NewGeneratorForm.START, "product": request.GET.get("product", "")}
    form = NewGeneratorForm(request.POST if posted else None, actor=request.actor, initial=start)
    if posted and form.is_valid():
        given = {**form.limits(), **FormatForm.format_of(form.cleaned_data)}
        try:
            generator = services.create(request.actor, product=form.cleaned_data["product"], **given)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, f"{generator.name} created")
            return redirect("admin:generators")
    kind = request.POST.get("type", Generator.Type.UUID)
    context = {"form": form, "type": kind, "has_products": form.fields["product"].queryset.exists()}  # type: ignore[attr-defined]
    return _render(request, "admin/generators/create.html", context, posted)


@page(Permission.MANAGE_CATALOG, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """What later licenses get."""
    generator, posted = find_generator(request, uuid), request.method == "POST"
    form = EditGeneratorForm(request.POST if posted else None, initial=EditGeneratorForm.values_of(generator))
    if posted and form.is_valid():
        try:
            services.update(request.actor, generator, version=form.cleaned_data["version"], **form.limits())
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, "Generator saved")
            return redirect("admin:generators")
    context = {"form": form, "generator": find_generator(request, uuid)}
    return _render(request, "admin/generators/edit.html", context, posted)


@page(Permission.MANAGE_CATALOG)
def format_fields(request: AdminRequest) -> HttpResponse:
    """The fields of the chosen type, keeping what was typed."""
    form = FormatForm(initial={**FormatForm.START, **request.GET.dict()})
    context = {"form": form, "type": request.GET.get("type", Generator.Type.UUID)}
    return render(request, "admin/generators/_format.html", context)


@page(Permission.MANAGE_CATALOG)
def sample(request: AdminRequest) -> HttpResponse:
    """A key as the form stands, or what is missing for one."""
    form = FormatForm({**FormatForm.START, "look_alikes": "", **request.GET.dict()})
    if not form.is_valid():
        return render(request, "admin/generators/_sample.html", {})
    draft = Generator(**FormatForm.format_of(form.cleaned_data))
    problems = services.format_problems(draft)
    context = {
        "problem": next((text for texts in problems.values() for text in texts), ""),
        "key": "" if problems else formats.make_key(draft),
        "short": draft.type == Generator.Type.CHUNK and draft.length < formats.SHORT,
    }
    return render(request, "admin/generators/_sample.html", context)


@page(Permission.MANAGE_CATALOG, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then remove a generator; its licenses stay."""
    generator = find_generator(request, uuid)
    if request.method == "POST":
        services.delete(request.actor, generator)
        return responses.done(request, f"{generator.name} deleted")
    context: dict[str, object] = {"generator": generator, "count": generator.licenses.count(), "url": request.path}
    return responses.dialog(request, "admin/generators/delete.html", context)


def _render(request: AdminRequest, template: str, context: dict[str, Any], posted: bool) -> HttpResponse:
    return render(request, template, {"section": SECTION, **context}, status=422 if posted else 200)
