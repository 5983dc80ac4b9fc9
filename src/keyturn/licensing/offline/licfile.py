"""The `.lic` block file that the PHP SDK reads offline (docs/spec/api-v1.md 12.1)."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from keyturn.core import clock
from keyturn.licensing.licenses.facts import DeviceRecord, LicenseRecord
from keyturn.licensing.signing import rsa
from keyturn.licensing.signing.services import rsa_key


def content(license: LicenseRecord, device: DeviceRecord, *, pair: str, features: Any) -> str | None:
    """The file for one device of a usable license, made with the key pair of the UUID `pair`.

    None when that is no RSA pair: blocks are made by RSA alone.

    `features` is the map that the answer shows. Equal input gives the same file, with its old issue
    date, as long as this process remembers it: making one costs two or three RSA operations.
    """
    document = {
        "license_key": license.license_key,
        "key": license.license_key,
        "licenseKey": license.license_key,
        "identifier": device.identifier,
        "domain" if device.kind == "domain" else "hardware_id": device.identifier,
        "status": license.status,
        "expires_at": _iso(license.expires_at),
        "features": features or [],
        "capabilities": sorted(name for name, value in (features or {}).items() if value is True),
        "metadata": license.metadata or [],
        "product_uuid": license.product.uuid,
        "product_name": license.product.name,
        "product": {"uuid": license.product.uuid, "name": license.product.name},
    }
    # The text is the key of the cache: any change of the license or its product gives another file.
    return _sealed(json.dumps(document, separators=(",", ":"), sort_keys=True), pair)


@lru_cache(maxsize=4096)
def _sealed(document: str, pair: str) -> str | None:
    key = rsa_key(pair)
    if key is None:
        return None
    at = clock.now()
    issued = f'"issued_at":"{_iso(at)}","last_checked_date":"{at:%Y-%m-%d}"'
    return rsa.encrypt_blocks(key, f"{document[:-1]},{issued}}}".encode())


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
