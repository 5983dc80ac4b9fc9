"""The offline file of format 2.0: signed JSON (docs/spec/offline-licenses.md, api-v1.md 12.2).

The signature covers the compact JSON without `signature`: keys sorted at every depth, nulls kept, UTF-8
unescaped, RSA PKCS#1 v1.5 (RFC 8017) with the product's digest, or Ed25519 (RFC 8032).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Self

from keyturn.core import clock
from keyturn.core.canonical import compact, safe
from keyturn.licensing.licenses.facts import DeviceRecord, LicenseRecord
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.signing import services as signing
from keyturn.platform.preferences.addresses import base_url

GRACE_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Terms:
    """What a file is bound to, and how strictly it ends. An empty binding fits every machine or drive."""

    hardware_id: str = ""
    domain: str = ""
    usb_serial: str = ""
    usb: bool = False
    require_usb: bool = False
    grace_days: int = GRACE_DAYS
    allow_grace: bool = True
    strict_expiry: bool = False

    @classmethod
    def bound_to(cls, kind: str, identifier: str) -> Self:
        """The usual terms, for one device of a license."""
        return cls(domain=identifier) if kind == Activation.Kind.DOMAIN else cls(hardware_id=identifier)


def signed(
    license: LicenseRecord, pair: str, terms: Terms, *, environment: str, at: datetime, ends: datetime | None
) -> dict[str, Any]:
    """The file for `license`, issued at `at`, that ends at `ends` (None: never); `pair` is a key pair's UUID."""
    features = safe(license.features)
    end = _iso(ends)
    document: dict[str, Any] = {
        "version": "2.0",
        "license": {
            "key": license.license_key,
            "status": str(license.status),
            "expires_at": end,
            "hardware_id": terms.hardware_id or None,
            "domain": terms.domain or None,
            "features": features,
            # A drive is no device of the license.
            "activations_limit": 0 if terms.usb else max(license.activation_limit, 0),
            "activations_count": 0 if terms.usb else license.active_devices,
            "metadata": safe(license.metadata),
        },
        "product": {"id": license.product.uuid, "name": safe(license.product.name), "version": None},
        "validation_rules": {
            "grace_period_days": terms.grace_days,
            "offline_validation_enabled": True,
            "require_usb_connected": terms.require_usb,
            "max_clock_drift_hours": 24,
            "strict_expiry": terms.strict_expiry,
            "allow_grace_after_expiry": terms.allow_grace,
        },
        "security": {
            "signature_algorithm": signing.algorithm_name(pair),
            "issued_by": base_url(),
            "usb_serial_number": terms.usb_serial or None,
            "anti_tampering_hash": hashlib.sha256(
                compact([license.license_key, end, terms.grace_days, features])
            ).hexdigest(),
            "key_id": pair,
        },
        "issued_at": _iso(at),
        "last_verified_at": _iso(at),
        "environment": environment,
    }
    return {**document, "signature": signing.signer(pair).sign(compact(document))}


def for_device(license: LicenseRecord, device: DeviceRecord, pair: str, environment: str) -> str:
    """The file that an answer carries, bound to the device that asked (OFF-14).

    Equal input gives the same file, with its old issue date, as long as this process remembers it: a
    signature costs more than the rest of a verification.
    """
    terms = Terms.bound_to(device.kind, device.identifier)
    shape = (
        license.license_key,
        license.status,
        license.expires_at,
        license.activation_limit,
        license.active_devices,
        compact([license.features, license.metadata, license.product.name]),
    )
    return _for_device(_Held((*shape, terms, pair), license, pair, terms, environment))


class _Held:
    """What a file is made of, equal to another when both make the same file."""

    def __init__(
        self, shape: tuple[Any, ...], license: LicenseRecord, pair: str, terms: Terms, environment: str
    ) -> None:
        self.shape = shape
        self.license, self.pair, self.terms, self.environment = license, pair, terms, environment

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.shape == self.shape

    def __hash__(self) -> int:
        return hash(self.shape)


@lru_cache(maxsize=4096)
def _for_device(held: _Held) -> str:
    license = held.license
    at = clock.now().replace(microsecond=0)
    made = signed(license, held.pair, held.terms, environment=held.environment, at=at, ends=license.expires_at)
    return compact(made).decode()


def text(document: dict[str, Any]) -> str:
    """The file as people get it."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
