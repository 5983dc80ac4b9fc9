"""Offline files of format 2.0: what the server writes, and what attackers make of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from keyturn.core.canonical import compact
from keyturn.licensing.licenses.facts import LicenseRecord, ProductRecord
from keyturn.licensing.offline import document
from keyturn.licensing.offline.document import Terms
from keyturn.licensing.signing import services as signing
from tests.vectors import keys

AT: Final = datetime(2026, 1, 31, 8, tzinfo=UTC)
ENDS: Final = datetime(2027, 1, 31, 8, tzinfo=UTC)
KEY: Final = "KEYTURN-TEST-0001"
MACHINE: Final = "kt1-9d3f5e0a1b2c4d6e8f70123456789abcdef01234"
# In the order in which PostgreSQL keeps them: answers of the document profile do not sort.
FEATURES: Final = {
    "seats": 5,
    "slots": 0,
    "trial": False,
    "export": True,
    "edition": "Größe “M”",
    "formats": ["png", "svg"],
}
LICENSE: Final = LicenseRecord(
    id=1,
    uuid="0197a1c0-0000-7000-8000-000000000021",
    license_key=KEY,
    status="active",
    reserved=False,
    expires_at=ENDS,
    assigned_at=AT,
    created_at=AT,
    activation_limit=3,
    active_devices=1,
    features=dict(FEATURES),
    metadata={"order": "A-17", "Straße": "1/2"},
    customer_email="ada@example.com",
    customer_name="Ada",
    product=ProductRecord(700001, keys.PRODUCT, "Photo Suite ★", "active", None, False, True, None),
)
DRIVE: Final = {"serial": "4C530001230101117391"}
UNBOUND: Final = Terms()
USB: Final = Terms(usb=True, require_usb=True, usb_serial=DRIVE["serial"])

Case = dict[str, Any]


def issue(
    terms: Terms = UNBOUND, *, key: str = "product-rsa4096", environment: str = "production", **changed: Any
) -> Case:
    """A file as the server makes it; `changed` replaces fields of the license."""
    license = replace(LICENSE, **changed)
    pair = keys.pair(key)
    return document.signed(license, pair, terms, environment=environment, at=AT, ends=license.expires_at)


def resigned(key: str = "product-rsa4096", **changes: Any) -> Case:
    """A file that only the holder of the private key could make, with fields that the server never writes so."""
    made = issue()
    for path, value in changes.items():
        put(made, path.split("__"), value)
    del made["signature"]
    return {**made, "signature": signing.signer(keys.pair(key)).sign(compact(made))}


def put(found: Any, path: list[str], value: Any) -> None:
    """Set the field at the end of `path`."""
    for name in path[:-1]:
        found = found[name]
    found[path[-1]] = value


def cases() -> list[Case]:
    """Every case, with what a client must make of it."""
    return [*_valid(), *_time(), *_place(), *_subject(), *_forged(), *_altered()]


def _case(name: str, made: Case | str, reason: str | None = None, **more: Any) -> Case:
    """`more`: at, left (days of grace), drive, last_seen, and what the program expects."""
    file = made if isinstance(made, str) else document.text(made)
    at = more.pop("at", AT + timedelta(days=1))
    expected = {
        "product": keys.PRODUCT,
        "license_key": None,
        "environment": "production",
        "hardware_id": MACHINE,
        "domain": None,
        **more.pop("expects", {}),
    }
    return {
        "name": name,
        "now": _iso(at),
        "last_seen": _iso(more.pop("last_seen", None)),
        "public_key": more.pop("public_key", "product-rsa4096"),
        "expects": expected,
        "drive": more.pop("drive", None),
        "valid": reason is None,
        "reason": reason,
        "grace_days_left": more.pop("left", None),
        "features_on": more.pop("features_on", ["export", "seats"]) if reason is None else [],
        "file": file,
    }


def _valid() -> Iterator[Case]:
    made = issue()
    yield _case("valid", made)
    yield _case("valid-compact", compact(made).decode())
    yield _case("valid-other-order", json.dumps(dict(reversed(made.items())), ensure_ascii=False))
    yield _case("valid-escaped", json.dumps(made).replace("/", r"\/"))
    yield _case("valid-perpetual", issue(expires_at=None), at=AT + timedelta(days=36500))
    yield _case("valid-assigned", issue(status="assigned", active_devices=0))
    yield _case("valid-no-features", issue(features={}), features_on=[])
    yield _case("valid-sha512", issue(key="product-rsa2048"), public_key="product-rsa2048")
    edwards = issue(key="product-ed25519")
    yield _case("valid-ed25519", edwards, public_key="product-ed25519")
    put(edwards, ["license", "features", "seats"], 6)
    yield _case("altered-ed25519", edwards, "signature", public_key="product-ed25519")
    yield _case("valid-expected-license-key", made, expects={"license_key": KEY})


def _time() -> Iterator[Case]:
    made, short = issue(), issue(Terms(grace_days=0))
    yield _case("valid-last-second", made, at=ENDS)
    yield _case("grace-begins", made, at=ENDS + timedelta(seconds=1), left=30)
    yield _case("grace-day-12", made, at=ENDS + timedelta(days=11, hours=1), left=19)
    yield _case("grace-last-second", made, at=ENDS + timedelta(days=30), left=0)
    yield _case("expired-after-grace", made, "expired", at=ENDS + timedelta(days=30, seconds=1))
    yield _case("tolerance-of-a-day", short, at=ENDS + timedelta(hours=24), left=0)
    yield _case("expired-after-tolerance", short, "expired", at=ENDS + timedelta(hours=24, seconds=1))
    no_grace = issue(Terms(allow_grace=False))
    yield _case("grace-not-allowed", no_grace, "expired", at=ENDS + timedelta(days=2))
    yield _case("strict-last-second", issue(Terms(strict_expiry=True)), at=ENDS)
    yield _case("strict-expired", issue(Terms(strict_expiry=True)), "expired", at=ENDS + timedelta(seconds=1))
    yield _case("clock-a-day-behind", made, at=AT - timedelta(hours=24))
    yield _case("clock-before-issue", made, "clock", at=AT - timedelta(hours=24, seconds=1))
    seen = AT + timedelta(days=100)
    yield _case("clock-set-back", made, "clock", at=seen - timedelta(days=2), last_seen=seen)
    yield _case("clock-set-back-a-little", made, at=seen - timedelta(hours=23), last_seen=seen)


def _place() -> Iterator[Case]:
    machine, domain, stick = issue(Terms(hardware_id=MACHINE)), issue(Terms(domain="app.example.com")), issue(USB)
    yield _case("machine", machine)
    yield _case("other-machine", machine, "other-machine", expects={"hardware_id": "kt1-" + "0" * 40})
    yield _case("unknown-machine", machine, "other-machine", expects={"hardware_id": None})
    yield _case("domain", domain, expects={"hardware_id": None, "domain": "App.Example.com"})
    yield _case("other-domain", domain, "other-domain", expects={"domain": "example.com"})
    yield _case("unknown-domain", domain, "other-domain")
    yield _case("drive", stick, drive=DRIVE)
    yield _case("other-drive", stick, "other-drive", drive={"serial": "0000"})
    yield _case("drive-with-unreadable-serial", stick, "other-drive", drive={"serial": None})
    yield _case("copy-on-a-disk", stick, "other-drive")
    anywhere = issue(Terms(usb=True, require_usb=True))
    yield _case("any-drive", anywhere, drive={"serial": None})
    yield _case("any-drive-but-copied-to-a-disk", anywhere, "no-drive")


def _subject() -> Iterator[Case]:
    made = issue()
    yield _case("other-license-key", made, "other-license-key", expects={"license_key": "KEYTURN-TEST-0002"})
    yield _case("other-product", made, "other-product", expects={"product": keys.OTHER_PRODUCT})
    yield _case("other-environment", issue(environment="staging"), "other-environment")
    for status in ("suspended", "revoked", "expired", "available"):
        yield _case(f"status-{status}", issue(status=status), "status")
    switched = resigned(validation_rules__offline_validation_enabled=False)
    yield _case("switched-off", switched, "switched-off")


def _forged() -> Iterator[Case]:
    made = issue()
    yield _case("foreign-key", issue(key="foreign-rsa2048"), "signature")
    yield _case("wrong-public-key", made, "signature", public_key="foreign-rsa2048")
    unsigned = {name: value for name, value in made.items() if name != "signature"}
    yield _case("no-signature", unsigned, "signature")
    yield _case("empty-signature", {**made, "signature": ""}, "signature")
    other = issue(features={**FEATURES, "trial": True})
    yield _case("signature-of-another-file", {**made, "signature": other["signature"]}, "signature")
    yield _case("old-version", resigned(version="1.0"), "unreadable")
    yield _case("hash-does-not-fit", resigned(security__anti_tampering_hash="0" * 64), "altered")
    text = document.text(made)
    yield _case("name-twice", text.replace('"version": "2.0"', '"version": "1.0", "version": "2.0"'), "unreadable")
    yield _case("decimal-number", text.replace('"seats": 5', '"seats": 5.0'), "unreadable")
    yield _case("no-json", "license", "unreadable")
    yield _case("empty", "", "unreadable")


def _altered() -> Iterator[Case]:
    """One byte of meaning changed, in every field."""
    for path, value in _leaves(issue()):
        made = issue()
        put(made, path, _other(value))
        yield _case(f"altered-{'.'.join(path)}", made, "signature")


def _leaves(found: Case, path: tuple[str, ...] = ()) -> Iterator[tuple[list[str], Any]]:
    for name, value in sorted(found.items()):
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        elif name != "signature":
            yield [*path, name], value


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return "x"
        case list():
            return []
    return value[:-1] + ("1" if value[-1] != "1" else "2")


def _iso(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
