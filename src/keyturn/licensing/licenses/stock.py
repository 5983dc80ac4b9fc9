"""The pool of available licenses: counting it, and handing some of it out (API v1, 11.6 and 11.23)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.assignment import assign_many
from keyturn.licensing.licenses.creation import check_quantity, generate
from keyturn.licensing.licenses.lifecycle import audited
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.querysets import LicenseQuerySet
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product


class Insufficient(Refused):
    """The pool is smaller than what was asked for; `available` is its size."""

    def __init__(self, available: int) -> None:
        super().__init__(f"Only {available:,} license keys are available. Ask for fewer, or add keys.")
        self.available = available


def pool(product: Product, generator: Generator | None = None) -> LicenseQuerySet:
    """Licenses of `product` that can be handed out: available, not reserved, not expired on the shelf."""
    rows = License.objects.filter(product=product, status=Status.AVAILABLE, reserved=False)
    rows = rows.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now()))
    return rows.filter(generator=generator) if generator else rows


@audited
@transaction.atomic
def hand_out(
    actor: Actor,
    product: Product,
    quantity: int,
    email: str,
    *,
    name: str = "",
    generator: Generator | None = None,
    from_pool: bool = True,
) -> Sequence[License]:
    """Give `quantity` licenses of `product` to a customer: all or none.

    From the pool, oldest first; what it lacks is generated with `generator`. Without `from_pool` all
    are generated. Raises Insufficient when nothing may be generated, Invalid, Refused.
    """
    require(actor, Permission.ASSIGN_LICENSES)
    check_quantity(quantity)
    taken = list(_take(product, quantity)) if from_pool else []
    short = quantity - len(taken)
    if short and generator is None:
        raise Insufficient(pool(product).count())
    if short and generator is not None:
        batch = generate(actor, generator, short, source=License.Source.API)
        if batch.failed:
            raise Refused("Some keys that were drawn exist already. Give the generator longer keys.")
        taken += batch.licenses
    assign_many(actor, taken, email, name=name)
    rows = License.objects.select_related("product", "customer").filter(pk__in=[license.pk for license in taken])
    return list(rows.order_by("pk"))


def _take(product: Product, quantity: int) -> LicenseQuerySet:
    # Two callers at once pass over each other's rows. SQLite has one writer anyway.
    rows = pool(product).select_for_update(skip_locked=True, of=("self",))
    return rows.order_by("pk")[:quantity]
