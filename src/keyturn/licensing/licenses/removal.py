"""Deleting a product with what hangs on it (PRD-32)."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Refused
from keyturn.licensing.licenses.bulk import AT_ONCE
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import images
from keyturn.licensing.products.events import entry
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue

SLICE = 100
_IN_USE = (
    "This product has licenses that are not revoked. Revoke or delete them first, or set the product to "
    "Inactive: it then takes no new licenses and no new devices."
)


def in_use(product: Product) -> bool:
    """Whether a license keeps `product` from being deleted."""
    return License.objects.filter(product=product).exclude(status=Status.REVOKED).exists()


def delete_product(actor: Actor, product: Product) -> bool:
    """Remove `product` for good, with its revoked licenses, their devices, its generators, keys and image.

    True when it is gone; False when it has so many licenses that a job does it. Raises Refused while
    any license is not revoked.
    """
    require(actor, Permission.MANAGE_CATALOG)
    with transaction.atomic():
        _lock(product)
        if in_use(product):
            raise Refused(_IN_USE)
        if License.objects.filter(product=product)[: AT_ONCE + 1].count() > AT_ONCE:
            author = {"kind": actor.kind, "id": actor.id, "permissions": sorted(actor.permissions)}
            enqueue("licenses.delete_product", environment=product.environment, product_id=product.pk, author=author)
            return False
        while delete_some(actor, product):
            pass
        _finish(actor, product)
    return True


def delete_some(actor: Actor, product: Product) -> int:
    """Remove one slice of the revoked licenses of `product`, in the caller's transaction; how many."""
    rows = License.objects.select_related("product", "customer").filter(product=product, status=Status.REVOKED)
    some = list(rows.order_by("pk")[:SLICE])
    audit.record_many(actor, [license_entry("license.deleted", row, snapshot(row), was=snapshot(row)) for row in some])
    License.objects.filter(pk__in=[row.pk for row in some]).delete()
    return len(some)


def finish(actor: Actor, product: Product) -> None:
    """Remove a product whose licenses are gone. Raises Refused when one was made meanwhile."""
    with transaction.atomic():
        _lock(product)
        if License.objects.filter(product=product).exists():
            raise Refused(_IN_USE)
        _finish(actor, product)


def _lock(product: Product) -> None:
    # A license that is being made holds its product; it is made before this, or fails after it.
    Product.objects.select_for_update().get(pk=product.pk)


def _finish(actor: Actor, product: Product) -> None:
    was = {"name": product.name, "slug": product.slug, "status": str(product.status)}
    audit.record(actor, entry("product.deleted", product, {"name": [product.name, None], "was": was}))
    signing.forget(str(product.uuid))
    images.discard(product)
    product.delete()
