"""The list of products and their forms."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.products import services
from keyturn.licensing.products.models import Feature, Product
from keyturn.portals.admin import feature_rows
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.exports import download
from keyturn.portals.admin.feature_rows import FeatureRow
from keyturn.portals.admin.forms.products import EditProductForm, NewProductForm, ProductForm
from keyturn.portals.admin.product_list import PRODUCTS, product_source
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "Products"


@page(Permission.VIEW_CATALOG)
def products(request: AdminRequest) -> HttpResponse:
    """Every product of the environment."""
    context = {"section": SECTION, "may_manage": may(request.actor, Permission.MANAGE_CATALOG)}
    return PRODUCTS.respond(request, product_source(request.actor), context)


@page(Permission.EXPORT_LISTS)
def export(request: AdminRequest) -> HttpResponseBase:
    """The products of a search as a file."""
    return download(request, PRODUCTS, product_source(request.actor).all(PRODUCTS.state(request)))


@page(Permission.MANAGE_CATALOG, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """A new product."""
    posted = request.method == "POST"
    form = NewProductForm(*_sent(request), initial=NewProductForm.start(request.actor))
    rows = feature_rows.read_rows(request.POST)
    if posted and _is_valid(form, rows):
        try:
            product = services.create(request.actor, features=feature_rows.templates(rows), **form.values())
            form.save_image(request.actor, product)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            text = f"{product.name} created in {product.get_environment_display()}"
            notify(request, text, detail="Its signing keys are being made.")
            return redirect("admin:product", uuid=product.uuid)
    return _form(request, form, rows, posted=posted)


@page(Permission.MANAGE_CATALOG, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The editable fields of a product."""
    product, posted = find_product(request, uuid), request.method == "POST"
    form = EditProductForm(*_sent(request), initial=ProductForm.values_of(product))
    rows = feature_rows.read_rows(request.POST) if posted else feature_rows.rows_of(product)
    if posted and _is_valid(form, rows):
        try:
            services.update(request.actor, product, features=feature_rows.templates(rows), **form.values())
            form.save_image(request.actor, product)
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, "Product saved")
            return redirect("admin:product", uuid=uuid)
    return _form(request, form, rows, posted=posted, product=find_product(request, uuid))


@page(Permission.MANAGE_CATALOG, "POST")
def features(request: AdminRequest) -> HttpResponse:
    """The rows of features after one was added, moved or removed; nothing is saved."""
    rows = feature_rows.change(feature_rows.read_rows(request.POST), request.POST.get("change", ""))
    return render(request, "admin/products/_features.html", _feature_context(rows))


def find_product(request: AdminRequest, uuid: UUID) -> Product:
    """A product of this environment, or 404."""
    return get_object_or_404(Product.objects.in_scope(request.actor), uuid=uuid)


def _sent(request: AdminRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _is_valid(form: ProductForm, rows: list[FeatureRow]) -> bool:
    for number, row in enumerate(feature_rows.judged(rows), 1):
        if row.problem:
            form.add_error(None, f"Feature {number}: {row.problem}")
    return form.is_valid()


def _form(request: AdminRequest, form: ProductForm, rows: list[FeatureRow], **more: Any) -> HttpResponse:
    rows = feature_rows.judged(rows) if more["posted"] else rows
    context = {"section": SECTION, "form": form, **_feature_context(rows), **dangers(request.actor), **more}
    return render(request, "admin/products/form.html", context, status=422 if more["posted"] else 200)


def dangers(actor: Actor) -> dict[str, bool]:
    """Which entries of the Danger Zone this admin has (PRD-42)."""
    return {"may_rotate": may(actor, Permission.ROTATE_KEYS), "may_kill": may(actor, Permission.KILL_SWITCH)}


def _feature_context(rows: list[FeatureRow]) -> dict[str, Any]:
    return {"rows": rows, "types": Feature.Type.choices}
