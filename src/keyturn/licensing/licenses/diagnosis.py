"""What a program would be told about a license now, by the same rules that answer the API (LCY-33)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from keyturn.core.clock import now
from keyturn.licensing.licenses import verification
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.verification import LicenseFacts, Question, Verdict
from keyturn.licensing.products.models import Product
from keyturn.platform.preferences import services as preferences

_SOMEBODY = "a device"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Three verdicts: on verifying from a device in use, on verifying from a new one, on activating a new one.

    `known` is None while no device is in use.
    """

    known: Verdict | None
    unknown: Verdict
    activation: Verdict


def diagnose(license: License) -> Diagnosis:
    """The answers that the next requests about `license` would get."""
    asked = question(license, _SOMEBODY)
    known = verification.verify(replace(asked, device_active=True)) if license.active_devices else None
    return Diagnosis(known, verification.verify(asked), verification.activate(asked))


def question(license: License, identifier: str, *, known: bool = False) -> Question:
    """A request about a license whose product is loaded; `known`: the identifier is active on it."""
    return Question(
        now=now(),
        grace=timedelta(days=preferences.get("licenses.grace_days")),
        license=LicenseFacts(
            status=license.status,
            reserved=license.reserved,
            expires_at=license.expires_at,
            activation_limit=license.activation_limit,
            active_devices=license.active_devices,
            product_active=license.product.status == Product.Status.ACTIVE,
            product_killed=license.product.killed_at is not None,
        ),
        identifier=identifier,
        device_active=known,
    )
