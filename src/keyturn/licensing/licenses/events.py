"""Audit entries about licenses and activations. Keys appear in them only by their first characters."""

from collections.abc import Mapping
from typing import Any

from keyturn.core.text import key_start
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.services import Entry


def snapshot(license: License) -> dict[str, Any]:
    """The state of a license as kept before and after a change (LCY-20)."""
    return {
        "status": str(license.status),
        "customer": str(license.customer.uuid) if license.customer else None,
        "activation_limit": license.activation_limit,
        "active_devices": license.active_devices,
        "expires_at": license.expires_at.isoformat() if license.expires_at else None,
    }


def license_entry(
    action: str,
    license: License,
    before: Mapping[str, Any] | None = None,
    *,
    customer: Customer | None = None,
    note: str = "",
    **more: Any,
) -> Entry:
    """An event whose subject is `license`; `changes` holds what differs from `before`, plus `more`.

    `customer` puts the event on the timeline of somebody else than the present owner.
    """
    after = snapshot(license)
    old = before or dict.fromkeys(after)
    changes = {field: [old[field], value] for field, value in after.items() if old[field] != value}
    owner = customer or license.customer
    return Entry(
        action,
        ("license", license.uuid),
        {"key": key_start(license.license_key), "product": license.product.name, **changes, **more},
        customer=owner.uuid if owner else None,
        license=license.uuid,
        environment=license.environment,
        note=note,
    )


def activation_entry(action: str, activation: Activation, license: License, *, note: str = "", ip: str = "") -> Entry:
    """An event whose subject is `activation`; addresses are sealed."""
    owner = license.customer
    return Entry(
        action,
        ("activation", activation.uuid),
        {
            "key": key_start(license.license_key),
            "product": license.product.name,
            "status": [None if action == "activation.created" else "active", str(activation.status)],
        },
        customer=owner.uuid if owner else None,
        license=license.uuid,
        environment=license.environment,
        note=note,
        personal={"identifier": activation.identifier, "ip": ip or activation.last_ip} if owner else None,
    )
