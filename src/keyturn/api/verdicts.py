"""Verify, activate, deactivate: from facts to a result. No request, no SQL, no signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from keyturn.api import mirror, params
from keyturn.api.envelope import Result
from keyturn.api.params import Identifier
from keyturn.licensing.licenses import verification
from keyturn.licensing.licenses.facts import DeviceRecord, Facts, LicenseRecord
from keyturn.licensing.licenses.verification import Question, Verdict

_RULES: Final = {
    "verify": verification.verify,
    "activate": verification.activate,
    "deactivate": verification.deactivate,
}


@dataclass(slots=True)
class Asked:
    """What a caller wants to know; `named` is the product parameter, `names_product` that there is one.

    `license_key` is as sent; `storable` is it, or None when no license can have it. `profile` is known
    only once the API key is.
    """

    endpoint: str
    license_key: str
    storable: str | None
    identifier: Identifier | None
    names_product: bool
    named: int | UUID | None
    at: datetime
    profile: str = "document"

    @property
    def device(self) -> str | None:
        """The identifier, when a device can have it."""
        return self.identifier.text if self.identifier and self.identifier.usable else None


def ask(endpoint: str, given: Mapping[str, Any], at: datetime) -> Asked:
    """Read the parameters of the three endpoints."""
    product = params.value(given, "product_id")
    key = params.text(given, "license_key")
    return Asked(
        endpoint,
        key[: params.LENGTH],
        params.storable(key),
        params.identifier(given),
        product is not None,
        params.identity(product),
        at,
    )


def judge(asked: Asked, facts: Facts) -> Verdict:
    """The verdict of the endpoint's rules."""
    rules = _RULES[asked.endpoint]
    identifier = asked.identifier
    usable = identifier.usable if identifier else False
    license = facts.license
    return rules(
        Question(
            now=asked.at,
            grace=grace(facts),
            license=license.facts() if license else None,
            # Nothing can be activated on an identifier that cannot be stored; elsewhere it is just unknown.
            identifier=identifier.text if identifier and (usable or asked.endpoint != "activate") else "",
            device_active=facts.device is not None,
            identifier_optional=_optional(asked, license),
            product_mismatch=asked.names_product and not (license and _is(license, asked.named)),
        )
    )


def question(facts: Facts, at: datetime, identifier: Identifier | None, *, optional: bool) -> Question:
    """What the rules that look but change nothing ask; `optional`: the license as a whole may be meant."""
    return Question(
        now=at,
        grace=grace(facts),
        license=facts.license.facts() if facts.license else None,
        identifier=identifier.text if identifier else "",
        device_active=facts.device is not None,
        identifier_optional=optional,
    )


def grace(facts: Facts) -> timedelta:
    """How long an expired license goes on verifying."""
    return timedelta(days=facts.settings["licenses.grace_days"])


def _optional(asked: Asked, license: LicenseRecord | None) -> bool:
    """Whether the license as a whole may be verified (9.5)."""
    required = bool(license and license.product.identifier_required)
    return asked.endpoint == "verify" and asked.profile == "sdk" and asked.identifier is None and not required


def _is(license: LicenseRecord, named: int | UUID | None) -> bool:
    return str(named) in (str(license.product.id), license.product.uuid)


def result(asked: Asked, facts: Facts, verdict: Verdict) -> Result:
    """What to answer. On success R.data is M; a refusal tells the truth there (9.6)."""
    license = facts.license
    if license is None or verdict.code == 210:
        unknown = mirror.unknown_license(asked.license_key)
        return Result(
            210,
            mirror={"valid": False, "status": "revoked", "features": [], "license": unknown},
            wrapped=True,
        )
    if verdict.code in (200, 300, 301):
        return _success(asked, facts, license, verdict)
    if verdict.code == 400:
        return _deactivated(license, facts.device)
    state = "expired" if verdict.code == 205 else license.status
    truth = {
        "valid": False,
        "state": state,
        "status": state,
        "expires_at": mirror.iso(license.expires_at),
        "activations_count": license.active_devices,
        "activations_limit": mirror.limit(license.activation_limit),
    }
    shown = mirror.license_object(license, code=verdict.code)
    return Result(
        verdict.code,
        {"data": truth},
        {"valid": False, "license": shown, "features": [], **_figures(license, shown["status"])},
        wrapped=True,
    )


def _success(asked: Asked, facts: Facts, license: LicenseRecord, verdict: Verdict) -> Result:
    shown = mirror.license_object(license, facts.device, usable=True)
    answer: dict[str, Any] = {
        "valid": True,
        "license": shown,
        "features": shown["features"],
        **_figures(license, shown["status"]),
    }
    if facts.device:
        answer["activation"] = mirror.activation(facts.device)
    if verification.in_grace(license.expires_at, asked.at, grace(facts)):
        answer["in_grace"] = True
    return Result(verdict.code, {"data": answer}, answer, wrapped=True)


def _figures(license: LicenseRecord, status: str) -> dict[str, Any]:
    return {
        "status": status,
        "expires_at": mirror.iso(license.expires_at),
        "activations_limit": mirror.limit(license.activation_limit),
        "activations_count": license.active_devices,
        "remaining_activations": mirror.remaining(license),
        "product": {"id": license.product.id, "uuid": license.product.uuid, "name": license.product.name},
    }


def _deactivated(license: LicenseRecord, device: DeviceRecord | None) -> Result:
    answer = {
        "license": mirror.license_object(license),
        "remaining_activations": mirror.remaining(license),
        **({"activation": mirror.activation(device)} if device else {}),
    }
    return Result(400, {}, answer, wrapped=True)
