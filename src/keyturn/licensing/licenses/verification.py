"""Verdicts: whether a license may be used, and why not. Pure rules over facts, no Django, no clock.

The rules stand in the order of docs/spec/api-v1.md 9.3 and 9.4; the first that objects decides. The
same rules answer the API, the Client Portal's diagnostics and the admin's preview.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from keyturn.licensing.licenses.status import Status


@dataclass(frozen=True, slots=True)
class LicenseFacts:
    """What is known of a license that exists in the asker's environment, at one moment."""

    status: str
    reserved: bool
    expires_at: datetime | None
    activation_limit: int
    active_devices: int
    product_active: bool
    product_killed: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One request to judge.

    `license` is None when the key is unknown, deleted or of another environment. `device_active` says
    whether `identifier` has an active activation on it. `identifier_optional` marks a question about
    the license as a whole (API v1, 9.5). `product_mismatch`: the caller named another product.
    """

    now: datetime
    grace: timedelta
    license: LicenseFacts | None
    identifier: str = ""
    device_active: bool = False
    identifier_optional: bool = False
    product_mismatch: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A code of API v1 section 8 with its message; `rule` names the rule that decided."""

    code: int
    message: str
    rule: str


VALID: Final = Verdict(200, "Valid license key", "valid")
NOT_ASSIGNED: Final = Verdict(201, "This license key is not assigned", "not_assigned")
NO_ACTIVATION: Final = Verdict(202, "No activation found for this license key/identifier combination", "no_activation")
PRODUCT_STOPPED: Final = Verdict(
    203, "The product associated with this license key is not active or doesn't exist", "product_stopped"
)
BLOCKED: Final = Verdict(204, "License key blocked", "blocked")
EXPIRED: Final = Verdict(205, "License key expired", "expired")
UNKNOWN: Final = Verdict(210, "Invalid license key", "unknown")
IDENTIFIER_MISSING: Final = Verdict(215, "Identifier is required", "identifier_missing")
ACTIVATED: Final = Verdict(300, "License key activated", "activated")
ALREADY_ACTIVE: Final = Verdict(301, "License key already active", "already_active")
LIMIT_REACHED: Final = Verdict(302, "License key reached activation limit", "limit_reached")
DEACTIVATED: Final = Verdict(400, "License key deactivated", "deactivated")
ALREADY_INACTIVE: Final = Verdict(401, "License key already inactive", "already_inactive")
FOUND: Final = Verdict(500, "Active license key found", "found")

Rule = Callable[[Question, LicenseFacts], Verdict | None]


def is_expired(expires_at: datetime | None, now: datetime, grace: timedelta) -> bool:
    """Whether validity and grace have ended, judged at `now` (LCY-31)."""
    return expires_at is not None and now > expires_at + grace


def in_grace(expires_at: datetime | None, now: datetime, grace: timedelta) -> bool:
    """Whether validity has ended but grace has not."""
    return expires_at is not None and expires_at < now <= expires_at + grace


def has_room(activation_limit: int, active_devices: int) -> bool:
    """Whether one more device fits; a limit of 0 or less means unlimited."""
    return activation_limit < 1 or active_devices < activation_limit


def _product_not_killed(_: Question, facts: LicenseFacts) -> Verdict | None:
    return PRODUCT_STOPPED if facts.product_killed else None


def _product_active(_: Question, facts: LicenseFacts) -> Verdict | None:
    return None if facts.product_active and not facts.product_killed else PRODUCT_STOPPED


def _not_blocked(_: Question, facts: LicenseFacts) -> Verdict | None:
    return BLOCKED if facts.status in (Status.SUSPENDED, Status.REVOKED) else None


def _assigned(_: Question, facts: LicenseFacts) -> Verdict | None:
    return NOT_ASSIGNED if facts.status == Status.AVAILABLE else None


def _not_expired(question: Question, facts: LicenseFacts) -> Verdict | None:
    late = is_expired(facts.expires_at, question.now, question.grace)
    return EXPIRED if facts.status == Status.EXPIRED or late else None


def _identifier_given(question: Question, _: LicenseFacts) -> Verdict | None:
    return None if question.identifier or question.identifier_optional else IDENTIFIER_MISSING


def _device_known(question: Question, _: LicenseFacts) -> Verdict | None:
    return None if question.device_active or not question.identifier else NO_ACTIVATION


def _device_new(question: Question, _: LicenseFacts) -> Verdict | None:
    return ALREADY_ACTIVE if question.device_active else None


def _below_limit(_: Question, facts: LicenseFacts) -> Verdict | None:
    return None if has_room(facts.activation_limit, facts.active_devices) else LIMIT_REACHED


def _device_to_end(question: Question, _: LicenseFacts) -> Verdict | None:
    return None if question.device_active else ALREADY_INACTIVE


_USABLE: Final[tuple[Rule, ...]] = (_not_blocked, _assigned, _not_expired, _identifier_given)
VERIFY: Final[tuple[Rule, ...]] = (_product_not_killed, *_USABLE, _device_known)
ACTIVATE: Final[tuple[Rule, ...]] = (_product_active, *_USABLE, _device_new, _below_limit)
DEACTIVATE: Final[tuple[Rule, ...]] = (_identifier_given, _device_to_end)
DETAILS: Final[tuple[Rule, ...]] = (_product_not_killed, _not_blocked, _assigned, _identifier_given, _device_known)
# What can be wrong with a license as such, for people who want to know everything at once.
HEALTH: Final[tuple[Rule, ...]] = (
    _not_blocked,
    _assigned,
    _not_expired,
    _product_active,
    _device_known,
    _below_limit,
)


def _judge(question: Question, rules: Sequence[Rule], success: Verdict) -> Verdict:
    if question.license is None or question.product_mismatch:
        return UNKNOWN
    for rule in rules:
        verdict = rule(question, question.license)
        if verdict is not None:
            return verdict
    return success


def verify(question: Question) -> Verdict:
    """200, or the first objection: 210, 203, 204, 201, 205, 215, 202."""
    return _judge(question, VERIFY, VALID)


def activate(question: Question) -> Verdict:
    """300 when the device may be added, 301 when it is there already, or the first objection."""
    return _judge(question, ACTIVATE, ACTIVATED)


def deactivate(question: Question) -> Verdict:
    """400 when there is a device to end, or 210, 215, 401. Allowed in every license state."""
    return _judge(question, DEACTIVATE, DEACTIVATED)


def details(question: Question) -> Verdict:
    """500, or 210, 203, 204, 201, 215, 202. An expired license is shown; about a license as a whole all is."""
    return _judge(question, () if question.identifier_optional else DETAILS, FOUND)


def standing(question: Question) -> Verdict:
    """As `details`, but a question about the license as a whole has its state judged, too."""
    return _judge(question, DETAILS, FOUND)


def feature(question: Question) -> Verdict:
    """Whether a feature of the license may be used: verify, for the license as a whole."""
    return _judge(question, VERIFY, VALID)


def failures(question: Question) -> tuple[Verdict, ...]:
    """Every objection that the rules have, not only the first that decides (CLP-25)."""
    facts = question.license
    if facts is None:
        return (UNKNOWN,)
    return tuple(verdict for rule in HEALTH if (verdict := rule(question, facts)) is not None)
