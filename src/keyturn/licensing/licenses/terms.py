"""The terms of a license that programs may change: product, validity, start, place in stock (API v1, 11.13)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.lifecycle import audited, lock
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.validity import expiry_from
from keyturn.licensing.products.models import Product
from keyturn.platform.audit import services as audit


@audited
@transaction.atomic
def retime(
    actor: Actor,
    license: License,
    *,
    validity: tuple[int | None, str] | None = None,
    assigned_at: datetime | None = None,
) -> License:
    """Change how long a license is valid (count, unit) or from when; its expiry follows.

    A license without an owner has no start yet: its expiry is computed when it is assigned. A later
    end renews an expired license (T9). Raises Invalid for an end in the past, Refused.
    """
    require(actor, Permission.MANAGE_LICENSES)
    fresh = lock([license])[0]
    count, unit = validity or (fresh.validity_count, fresh.validity_unit)
    changes: dict[str, Any] = {"validity_count": count, "validity_unit": unit}
    start = assigned_at or fresh.assigned_at
    if fresh.customer_id is not None and start is not None:
        changes |= {"assigned_at": start, "expires_at": expiry_from(start, count, unit)}
    services.edit(actor, fresh, version=fresh.version, **changes)
    license.refresh_from_db()
    return license


@audited
@transaction.atomic
def move(actor: Actor, license: License, product: Product) -> License:
    """Make it a license of another product of its environment, while it has never been activated."""
    require(actor, Permission.MANAGE_LICENSES)
    fresh = lock([license])[0]
    if fresh.product_id == product.pk:
        return license
    if product.environment != fresh.environment or product.status != Product.Status.ACTIVE or product.killed_at:
        raise Refused("Choose an active product of the license's environment.")
    if fresh.activations.exists() or fresh.status == Status.REVOKED:
        raise Refused("A license that was activated or revoked stays with its product.")
    before = fresh.product.name
    _update(fresh, product=product, generator=None)
    license.refresh_from_db()
    audit.record(actor, license_entry("license.updated", license, snapshot(license), moved=[before, product.name]))
    return license


@audited
@transaction.atomic
def reserve(actor: Actor, license: License, reserved: bool) -> License:
    """Keep an available license out of the pool, or put it back."""
    require(actor, Permission.MANAGE_LICENSES)
    fresh = lock([license])[0]
    if fresh.status != Status.AVAILABLE:
        raise Refused("Only an available license can be reserved.")
    if fresh.reserved != reserved:
        _update(fresh, reserved=reserved)
        license.refresh_from_db()
        shown = snapshot(license)
        audit.record(actor, license_entry("license.updated", license, shown, reserved=[not reserved, reserved]))
    return license


def _update(license: License, **values: Any) -> None:
    License.objects.filter(pk=license.pk).update(updated_at=now(), version=F("version") + 1, **values)
