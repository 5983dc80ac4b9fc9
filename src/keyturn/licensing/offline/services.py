"""Issuing offline files."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.signing import services as signing
from keyturn.platform.audit import services as audit
from keyturn.platform.preferences.addresses import base_url

TEST_HOURS: Final = 24
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
_BREAKS: Final = {0x2028: " ", 0x2029: " "}


def why_not(license: License) -> str:
    """Why no offline file can be issued for `license` now, or ""."""
    if license.status not in (Status.ASSIGNED, Status.ACTIVE):
        return f"This license is {license.status}. Offline files are issued for assigned and active licenses."
    if not license.product.offline_allowed:
        return "Offline support of this product is switched off."
    return ""


def issue_test(actor: Actor, license: License) -> str:
    """A signed file of format 2.0 to try a program with: it ends after 24 hours at the latest (OFF-19).

    Raises Refused.
    """
    require(actor, Permission.MANAGE_LICENSES)
    if problem := why_not(license):
        raise Refused(problem)
    pair = signing.signing_pair(str(license.product.uuid))
    if pair is None:
        raise Refused("The signing keys of this product are still being made. Try again in a minute.")
    at = now().replace(microsecond=0)
    end = min(at + timedelta(hours=TEST_HOURS), license.expires_at or at + timedelta(hours=TEST_HOURS))
    document = _document(license, at, end, f"RSA-{pair.bits}-{pair.algorithm.rpartition('-')[2].upper()}")
    document["security"]["key_id"] = str(pair.uuid)
    text = _compact(document)
    document["signature"] = signing.signer(pair.uuid).sign(text)
    audit.record(actor, license_entry("license.offline_test_issued", license, snapshot(license), key_id=str(pair.uuid)))
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def _document(license: License, at: datetime, end: datetime, algorithm: str) -> dict[str, Any]:
    features = _safe(license.features)
    sealed = [license.license_key, _iso(end), 0, features]
    return {
        "version": "2.0",
        "license": {
            "key": license.license_key,
            "status": str(license.status),
            "expires_at": _iso(end),
            "hardware_id": None,
            "domain": None,
            "features": features,
            "activations_limit": max(license.activation_limit, 0),
            "activations_count": license.active_devices,
            "metadata": _safe(license.metadata),
        },
        "product": {
            "id": str(license.product.uuid),
            "name": license.product.name.translate(_BREAKS),
            "version": None,
        },
        "validation_rules": {
            "grace_period_days": 0,
            "offline_validation_enabled": True,
            "require_usb_connected": False,
            "max_clock_drift_hours": 24,
            "strict_expiry": True,
            "allow_grace_after_expiry": False,
        },
        "security": {
            "signature_algorithm": algorithm,
            "issued_by": base_url(),
            "usb_serial_number": None,
            "anti_tampering_hash": hashlib.sha256(_compact(sealed)).hexdigest(),
        },
        "issued_at": _iso(at),
        "last_verified_at": _iso(at),
        "environment": license.environment,
    }


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _safe(value: Any) -> Any:
    """`value` as every client re-encodes it: no empty objects, floats, odd names or line separators (OFF-05)."""
    if isinstance(value, dict):
        if all(map(_NAME.fullmatch, value)):
            return {name: _safe(item) for name, item in value.items()} or []
        return [{"key": _safe(name), "value": _safe(item)} for name, item in sorted(value.items())]
    if isinstance(value, list):
        return [_safe(item) for item in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > 2**53 - 1):
        return str(value)
    return value.translate(_BREAKS) if isinstance(value, str) else value


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
