"""The kill switch of a product: everything stops at once and for good (PRD-31)."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.products.events import entry
from keyturn.licensing.products.models import Product
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue


@transaction.atomic
def pull(actor: Actor, product: Product, *, confirmation: str) -> UUID:
    """Stop `product` for good: nothing verifies or activates from this commit on.

    A job then revokes every license; its UUID is returned. `confirmation` must be the product's name.
    Raises Invalid, Refused.
    """
    require(actor, Permission.KILL_SWITCH)
    if confirmation.strip() != product.name:
        raise Invalid({"confirm": ["Type the name of the product exactly as it is shown."]})
    stopped = Product.objects.filter(pk=product.pk, killed_at=None).update(
        status=Product.Status.INACTIVE, killed_at=now(), version=F("version") + 1
    )
    if not stopped:
        raise Refused("The kill switch of this product has been used already.")
    before = str(product.status)
    product.refresh_from_db()
    changes = {"status": [before, str(product.status)], "killed": [False, True]}
    audit.record(actor, entry("product.killed", product, changes))
    author = {"kind": actor.kind, "id": actor.id}
    return enqueue("licenses.revoke_all", environment=product.environment, product_id=product.pk, author=author)
