"""Validation Status in a customer's words: the verdicts of the API's own rules, explained (CLP-25, CLP-26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyturn.core.clock import now
from keyturn.licensing.licenses import mismatches
from keyturn.licensing.licenses.diagnosis import Diagnosis, diagnose
from keyturn.licensing.licenses.models import License, Mismatch
from keyturn.licensing.licenses.status import UNLIMITED, Status
from keyturn.licensing.licenses.verification import Verdict
from keyturn.platform.logs.models import RequestLog

_RECENT = timedelta(days=30)
_TONES = {"ok": "circle-check", "info": "circle-dot", "warn": "triangle-alert", "bad": "circle-x"}

# By the rule that decides on verifying: tone, headline, what helps.
_HEADLINES = {
    "no_activation": ("info", "Not activated", "Enter the license key in the software to activate it."),
    "not_assigned": ("bad", "Not yours", "This license has no owner. Contact support."),
    "expired": ("bad", "Expired", "The license has ended. Contact support to renew it."),
    "product_stopped": ("bad", "Product not available", "The vendor has stopped this product. Contact support."),
}
_CLOSED = ("warn", "Not activated", "The product takes no new devices for now. Contact support.")
_SUSPENDED = ("warn", "Suspended", "The license is paused and does not work for now. Contact support.")
_REVOKED = ("bad", "Revoked", "The license was withdrawn for good. Contact support if this surprises you.")
# A license that verifies, by what activating another device would answer.
_VALID = {
    "activated": ("ok", "Valid", "Your devices keep working, and there is room for another one."),
    "limit_reached": (
        "ok",
        "Valid, no free slot",
        "Your installed devices keep working. A new device can activate once a slot is free.",
    ),
    "product_stopped": (
        "warn",
        "Valid, closed for new devices",
        "Your installed devices keep working. The product takes no new ones for now. Contact support.",
    ),
}
_GRACE = ("warn", "Expired, still working", "The license has ended and works for a short time only. Renew it soon.")
_REFUSALS = {
    201: ("Not assigned", "The license had no owner at that time."),
    202: ("Unknown device", "A device asked that is not activated. Activate the license in the software on it."),
    203: ("Product inactive", "Contact support."),
    204: ("Suspended or revoked", "Contact support."),
    205: ("Expired", "Contact support to renew the license."),
    302: ("Activation limit reached", "Free a slot by deactivating a device that you no longer use."),
}


@dataclass(frozen=True)
class Check:
    """One line of the list: what was looked at and what was found. `code` is the API's, 0 when it passed."""

    label: str
    value: str
    code: int = 0
    at: datetime | None = None
    warn: bool = False

    @property
    def icon(self) -> str:
        """Passed, needs a look, or failed."""
        return "check" if not self.code else "triangle-alert" if self.warn else "x"

    @property
    def tone(self) -> str:
        """The colour of the icon."""
        return "ok" if not self.code else "warn" if self.warn else "bad"

    @property
    def words(self) -> str:
        """What the icon says, for those who do not see it."""
        return "Passed" if not self.code else "Needs a look" if self.warn else "Failed"


@dataclass(frozen=True)
class Refusal:
    """The last time the server refused the software. `device` is the identifier of one that is not activated."""

    title: str
    hint: str
    code: int
    at: datetime
    device: str = ""


@dataclass(frozen=True)
class Validation:
    """What the page shows. `code` is what the API answers to a device now."""

    tone: str
    title: str
    text: str
    code: int
    checks: list[Check]
    refusal: Refusal | None
    at: datetime

    @property
    def icon(self) -> str:
        """The icon of the headline."""
        return _TONES[self.tone]


def validation(license: License) -> Validation:
    """The present answer of the rules about `license`, whose product is loaded; never from a cache."""
    found = diagnose(license)
    tone, title, text = _headline(license, found)
    return Validation(tone, title, text, found.verify.code, _checks(license, found), _refusal(license), now())


def _headline(license: License, found: Diagnosis) -> tuple[str, str, str]:
    verdict = found.verify
    if verdict.rule == "blocked":
        return _REVOKED if license.status == Status.REVOKED else _SUSPENDED
    if verdict.rule == "no_activation" and found.activation.rule == "product_stopped":
        return _CLOSED
    if verdict.rule != "valid":
        return _HEADLINES[verdict.rule]
    return _GRACE if found.in_grace else _VALID[found.activation.rule]


def _checks(license: License, found: Diagnosis) -> list[Check]:
    failed = {verdict.rule: verdict for verdict in found.failures}
    past = license.expires_at is not None and license.expires_at <= now()
    return [
        Check(
            "License status",
            license.get_status_display(),
            _code(failed, "blocked", "not_assigned"),
            warn=license.status == Status.SUSPENDED,
        ),
        Check("Expiry", "Never" if not license.expires_at else "", _code(failed, "expired"), license.expires_at)
        if not (past and found.in_grace)
        else Check("Expiry", "", 205, license.expires_at, warn=True),
        Check(
            "Product",
            "Inactive" if "product_stopped" in failed else "Active",
            _code(failed, "product_stopped"),
            warn=found.verify.rule != "product_stopped",
        ),
        Check("Environment", license.get_environment_display()),
        Check("Activations", _usage(license), _code(failed, "no_activation", "limit_reached"), warn=True),
    ]


def _code(failed: dict[str, Verdict], *rules: str) -> int:
    return next((failed[rule].code for rule in rules if rule in failed), 0)


def _usage(license: License) -> str:
    if license.activation_limit == UNLIMITED:
        return f"{license.active_devices} in use, no limit"
    return f"{license.active_devices} of {license.activation_limit} in use"


def _refusal(license: License) -> Refusal | None:
    strange = mismatches.of(license)
    told = [one for one in (_refused(license, strange.get("device")), _elsewhere(license, strange)) if one]
    return max(told, key=lambda one: one.at, default=None)


def _refused(license: License, strange: Mismatch | None) -> Refusal | None:
    last = RequestLog.objects.refusals(license.pk).first()
    if last is None or last.at < now() - _RECENT:
        return None
    title, hint = _REFUSALS[last.code]
    return Refusal(title, hint, last.code, last.at, strange.identifier if strange and last.code == 202 else "")


def _elsewhere(license: License, strange: Mapping[str, Mismatch]) -> Refusal | None:
    found = strange.get("environment")
    if found is None:
        return None
    own, asked = license.get_environment_display(), found.get_environment_display()
    hint = f"The software asked in {asked}, but this license belongs to {own}. Use the software for {own}."
    return Refusal("Other environment", hint, 210, found.at)
