"""The documented objects of get-license-key-details (docs/spec/api-v1.md 11.8)."""

from datetime import UTC, datetime
from typing import Any

from keyturn.api import mirror
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product


def plain(at: datetime | None) -> str | None:
    """`2026-01-31 08:00:00`, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if at else None


def license_key(license: License) -> dict[str, Any]:
    """`expires_at` is false, not null, when the license never expires."""
    return {
        "id": license.pk,
        "license_key": license.license_key,
        "owner_name": license.customer.name if license.customer else None,
        "owner_email": license.customer.email if license.customer else None,
        "activation_limit": mirror.limit(license.activation_limit),
        "validity": mirror.days(license.validity_count, license.validity_unit),
        "assigned_at": plain(license.assigned_at),
        "meta_data": mirror.pairs(license.metadata),
        "expires_at": plain(license.expires_at) or False,
    }


_DOCUMENTED = {
    Status.ACTIVE: "assigned",
    Status.EXPIRED: "assigned",
    Status.SUSPENDED: "blocked",
    Status.REVOKED: "blocked",
}


def license_row(license: License) -> dict[str, Any]:
    """A license in lists, in the documented vocabulary; read it with its owner (10.1)."""
    status = Status(license.status)
    return {
        "id": license.pk,
        "product_id": license.product_id,
        "license_key": license.license_key,
        "owner_name": license.customer.name if license.customer else None,
        "owner_email": license.customer.email if license.customer else None,
        "activation_limit": mirror.limit(license.activation_limit),
        "validity": mirror.days(license.validity_count, license.validity_unit),
        "assigned_at": plain(license.assigned_at),
        "status": "reserved" if license.reserved else _DOCUMENTED.get(status, str(status)),
        "contract_id": license.contract_id,
        "created_at": mirror.stamp(license.created_at),
        "updated_at": mirror.stamp(license.updated_at),
    }


def product(found: Product) -> dict[str, Any]:
    """The product below the license."""
    row = mirror.product_row(found)
    names = ("id", "external_reference", "source", "name", "post_url", "description", "meta_data")
    return {name: row[name] for name in names}
