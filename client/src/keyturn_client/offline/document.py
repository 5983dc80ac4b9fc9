"""The offline license of format 2.0: reading it, and its signature.

The signature covers the canonical form: the object without `signature` as compact JSON, keys sorted at
every depth, nulls kept, UTF-8 unescaped. RSA PKCS#1 v1.5 with SHA-256 or SHA-512, or Ed25519.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from keyturn_client.keys import PublicKeys
from keyturn_client.moments import moment
from keyturn_client.results import License

VERSION: Final = "2.0"
LARGEST: Final = 64 * 1024
_WHOLE: Final = 2**53 - 1
T = TypeVar("T", bool, int, str)


class Unreadable(Exception):
    """This is no offline license, whoever signed it."""


@dataclass(frozen=True, slots=True)
class Document:
    """An offline license whose signature holds. Times are UTC, `expires_at` None means never."""

    license: License
    environment: str
    hardware_id: str | None
    domain: str | None
    usb_serial: str | None
    require_usb: bool
    offline_enabled: bool
    grace_days: int
    allow_grace: bool
    strict_expiry: bool
    drift_hours: int
    issued_at: datetime
    last_verified_at: datetime
    hash_fits: bool


def parse(text: str | bytes) -> dict[str, Any]:
    """The JSON object in a file. Nothing in it is to be trusted yet. Raises Unreadable."""
    if len(text) > LARGEST:
        raise Unreadable("The file is too large.")
    try:
        found = json.loads(
            text, object_pairs_hook=_unambiguous, parse_float=_refuse, parse_constant=_refuse, parse_int=_integer
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The file is not the JSON of a license: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("The file is not the JSON of a license.")
    return found


def is_signed(found: Mapping[str, Any], keys: PublicKeys) -> bool:
    """Whether one of the keys signed all of it."""
    signature = found.get("signature")
    if not isinstance(signature, str):
        return False
    try:
        message = canonical({name: value for name, value in found.items() if name != "signature"})
    except UnicodeEncodeError:
        return False
    return keys.verify(message, signature)


def canonical(value: Any) -> bytes:
    """The bytes that are signed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read(found: Mapping[str, Any]) -> Document:
    """The fields of a parsed file. Raises Unreadable when one is missing, or is not what it must be."""
    if found.get("version") != VERSION:
        raise Unreadable(f"Only files of version {VERSION} are read.")
    try:
        license, rules, security = found["license"], found["validation_rules"], found["security"]
        shown = _license(license, found["product"])
        grace = _typed(rules["grace_period_days"], int)
        proof = canonical([shown.key, license["expires_at"], grace, license["features"]])
        return Document(
            license=shown,
            environment=_typed(found["environment"], str),
            hardware_id=_optional(license["hardware_id"]),
            domain=_optional(license["domain"]),
            usb_serial=_optional(security["usb_serial_number"]),
            require_usb=_typed(rules["require_usb_connected"], bool),
            offline_enabled=_typed(rules["offline_validation_enabled"], bool),
            grace_days=grace,
            allow_grace=_typed(rules["allow_grace_after_expiry"], bool),
            strict_expiry=_typed(rules["strict_expiry"], bool),
            drift_hours=_typed(rules["max_clock_drift_hours"], int),
            issued_at=_moment(found["issued_at"]),
            last_verified_at=_moment(found["last_verified_at"]),
            hash_fits=hashlib.sha256(proof).hexdigest() == security["anti_tampering_hash"],
        )
    except (KeyError, TypeError) as error:
        raise Unreadable(f"The file lacks what a license has: {error}") from error


def _license(shown: Mapping[str, Any], product: Mapping[str, Any]) -> License:
    features = shown["features"]
    return License(
        key=_typed(shown["key"], str),
        status=_typed(shown["status"], str),
        expires_at=None if shown["expires_at"] is None else _moment(shown["expires_at"]),
        # PHP knows no empty object: an empty list stands for it.
        features=features if isinstance(features, dict) else {},
        metadata=shown["metadata"],
        product_uuid=_typed(product["id"], str),
        product_name=_typed(product["name"], str),
        limit=_typed(shown["activations_limit"], int),
        devices=_typed(shown["activations_count"], int),
    )


def _typed(value: Any, kind: type[T]) -> T:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _typed(value, str)


def _moment(value: Any) -> datetime:
    at = moment(value)
    if at is None:
        raise TypeError(f"{value!r} is no time")
    return at


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no whole number")


def _integer(text: str) -> int:
    number = int(text) if len(text) < 18 else _WHOLE + 1
    if abs(number) > _WHOLE:
        raise ValueError("a number is too large")
    return number
