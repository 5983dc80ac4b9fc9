"""What ends a product: the kill switch, and deletion."""

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.licensing.licenses import kill_switch, removal
from keyturn.licensing.licenses.models import License
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.products import find_product
from keyturn.portals.ui import responses


@page(Permission.KILL_SWITCH, "GET", "POST")
def kill(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask for the product's name, then stop everything it has given."""
    product, posted = find_product(request, uuid), request.method == "POST"
    form = forms.Form(request.POST if posted else None)
    if posted:
        try:
            kill_switch.pull(request.actor, product, confirmation=request.POST.get("confirm", ""))
        except Invalid as refusal:
            form.add_error(None, refusal.message)
        else:
            text = f"The kill switch of {product.name} is on"
            detail = "Nothing verifies from now on. The licenses are being revoked in the background."
            return responses.done_to(request, reverse("admin:product", args=[uuid]), text, detail=detail)
    context: dict[str, object] = {"product": product, "form": form, "url": request.path}
    return responses.dialog(request, "admin/products/kill.html", context, refused=posted)


@page(Permission.MANAGE_CATALOG, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then remove a product of which nothing is in use any more."""
    product = find_product(request, uuid)
    if request.method == "POST":
        gone = removal.delete_product(request.actor, product)
        text = f"{product.name} deleted" if gone else f"{product.name} is being deleted"
        detail = "" if gone else "This goes on in the background."
        return responses.done_on_list(request, reverse("admin:products"), text, detail=detail)
    context: dict[str, object] = {
        "product": product,
        "url": request.path,
        "in_use": removal.in_use(product),
        "revoked": License.objects.filter(product=product)[:10_001].count(),
        "generators": product.generators.count(),
    }
    return responses.dialog(request, "admin/products/delete.html", context)
