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

    `known` is None while no device is in use. `failures` holds every objection to the license, with the
    devices that it has; `in_grace` says that it still verifies though its validity has ended.
    """

    known: Verdict | None
    unknown: Verdict
    activation: Verdict
    failures: tuple[Verdict, ...]
    in_grace: bool

    @property
    def verify(self) -> Verdict:
        """What verifying from the customer's own device answers, or from any device while he has none."""
        return self.known or self.unknown


def diagnose(license: License) -> Diagnosis:
    """The answers that the next requests about `license` would get."""
    asked = question(license, _SOMEBODY)
    own = replace(asked, device_active=license.active_devices > 0)
    return Diagnosis(
        known=verification.verify(own) if license.active_devices else None,
        unknown=verification.verify(asked),
        activation=verification.activate(asked),
        failures=verification.failures(own),
        in_grace=verification.in_grace(license.expires_at, asked.now, asked.grace),
    )


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
