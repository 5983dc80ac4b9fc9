"""The public key of a product, its exchange, and the test of all keys."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse

from keyturn.access.permissions import Permission, may
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.products import keys
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.platform.jobs.services import worker_missing
from keyturn.platform.preferences import services as preferences
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.views.products import find_product
from keyturn.portals.ui import responses

TESTED = 500
# A pair that is not there after so long was lost, or its job failed.
_MAKING = timedelta(minutes=5)


@page(Permission.VIEW_CATALOG)
def public_key(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The public key to build into the software and, while a rotation's grace period runs, the one before it."""
    product = find_product(request, uuid)
    pair, signs = signing.current(str(product.uuid)), signing.signing_pair(str(product.uuid))
    context: dict[str, object] = {"product": product, "pair": pair, "url": request.path}
    context["previous"] = signs if pair and signs and signs.pk != pair.pk else None
    context["making"] = pair is None and product.created_at > now() - _MAKING
    context["stuck"] = pair is None and worker_missing()
    context["may_manage"] = may(request.actor, Permission.MANAGE_CATALOG)
    return responses.dialog(request, "admin/products/public_key.html", context)


@page(Permission.VIEW_CATALOG)
def public_key_file(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The public key as a file."""
    product = find_product(request, uuid)
    pair = signing.current(str(product.uuid))
    if pair is None:
        raise Refused("This product has no keys yet. Wait a few seconds, or rotate its keys to make a pair.")
    name = f"product-{product.uuid}-public.pem"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(pair.public_pem, content_type="application/x-pem-file", headers=headers)


@page(Permission.VIEW_CATALOG)
def validate(request: AdminRequest) -> HttpResponse:
    """What a test signature says of the keys of every product."""
    products = list(Product.objects.in_scope(request.actor).order_by("name", "pk")[: TESTED + 1])
    found = keys.check(products[:TESTED])
    # What is broken stands first.
    found.sort(key=lambda one: (not one.fault, not one.hint))
    context: dict[str, object] = {"found": found, "faults": sum(bool(one.fault) for one in found)}
    context |= {"more": len(products) > TESTED, "limit": TESTED}
    return responses.dialog(request, "admin/products/validate.html", context)


@page(Permission.ROTATE_KEYS, "GET", "POST")
def rotate(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then exchange the signing keys of a product."""
    product = find_product(request, uuid)
    grace = preferences.get("keys.rotation_grace_days")
    if request.method == "POST":
        keys.rotate(request.actor, product)
        return responses.done(
            request,
            f"The keys of {product.name} were rotated",
            detail=f"The old key signs for {grace} more days." if grace else "The new key signs from now on.",
        )
    pair, signs = signing.current(str(product.uuid)), signing.signing_pair(str(product.uuid))
    context: dict[str, object] = {"product": product, "pair": pair, "grace": grace, "url": request.path}
    context["files"] = IssuedFile.objects.of_product(product.uuid).count()
    context["running"] = signs if pair and signs and signs.pk != pair.pk else None
    return responses.dialog(request, "admin/products/rotate.html", context)
