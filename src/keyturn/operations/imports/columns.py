"""Which column of a file means what: by its header, in our own words or those of other systems."""

import re
from collections.abc import Mapping, Sequence

# Field to the headers that name it, folded by `fold`; earlier ones win when a file has several.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "license_key": ("license_key", "key", "license", "entitlement_key", "serial", "serial_number"),
    "product_uuid": ("product_uuid", "product_id", "product", "product_name"),
    "generator_uuid": ("generator_uuid", "generator_id", "generator", "generator_name"),
    "customer_email": ("customer_email", "email", "e_mail", "owner_email", "email_address", "customer_e_mail"),
    "customer_name": ("customer_name", "name", "owner_name", "full_name", "customer"),
    "status": ("status", "state"),
    "activation_limit": ("activation_limit", "limit", "max_activations", "activations_limit"),
    "expires_at": ("expires_at", "expiry_date", "expires", "expiry", "expiration_date", "valid_until"),
    "features": ("features", "feature_flags"),
    "metadata": ("metadata",),
    "order_reference": ("order_reference", "order", "order_id"),
}


def fold(header: str) -> str:
    """`Expiry Date` and `expiry_date` alike."""
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


def places(headers: Sequence[str], fields: Mapping[str, tuple[str, ...]] = FIELDS) -> dict[str, int]:
    """Field to the position of its column; fields that the file does not have are missing."""
    folded = [fold(header) for header in headers]
    found = {}
    for field, names in fields.items():
        name = next((name for name in names if name in folded), None)
        if name is not None:
            found[field] = folded.index(name)
    return found
