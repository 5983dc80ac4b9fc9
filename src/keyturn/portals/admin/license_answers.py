"""What programs would be told about a license now, in words that say why and what helps."""

from dataclasses import dataclass

from keyturn.licensing.licenses.diagnosis import diagnose
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.verification import Verdict

_GOOD = ("valid", "activated")
_WHY = {
    "valid": "The license is in order.",
    "activated": "There is room for another device.",
    "not_assigned": "The license has no customer yet. Assign it first.",
    "no_activation": "The device has not been activated on this license. Activating it comes first.",
    "product_stopped": "The product is inactive. Activate the product to take new devices.",
    "expired": "The validity has ended. Renew the license to bring it back into use.",
    "limit_reached": "Every place is taken. Deactivate a device below, or raise the activation limit.",
}


@dataclass(frozen=True)
class Answer:
    """The answer to one kind of request; `good` when the program may run or install."""

    request: str
    verdict: Verdict
    why: str

    @property
    def good(self) -> bool:
        """Whether the answer is yes."""
        return self.verdict.rule in _GOOD


def answers(license: License) -> list[Answer]:
    """What verify and activate would answer, by the same rules as the API."""
    found = diagnose(license)
    asked = [
        ("Verify, from a device in use", found.known),
        ("Verify, from a new device", found.unknown),
        ("Activate a new device", found.activation),
    ]
    return [Answer(request, verdict, _why(license, verdict)) for request, verdict in asked if verdict]


def _why(license: License, verdict: Verdict) -> str:
    if verdict.rule != "blocked":
        return _WHY.get(verdict.rule, "")
    if license.status == Status.REVOKED:
        return "The license is revoked, which is final. Issue a new license."
    reason = f" Reason: {license.status_reason}." if license.status_reason else ""
    return f"The license is suspended.{reason} Reactivate it to let it work again."
