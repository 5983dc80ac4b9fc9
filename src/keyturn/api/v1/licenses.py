"""Single licenses: assign, assign and activate, details (docs/spec/api-v1.md 11.4, 11.5, 11.8)."""

from typing import Any

from django.db import transaction

from keyturn.access.permissions import Permission
from keyturn.api import devices, files, hooks, mirror, params, verdicts
from keyturn.api.envelope import Result
from keyturn.api.v1 import details, lookups
from keyturn.api.v1.fields import Line, Params, owner_named, required
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.db import Shared
from keyturn.core.errors import Refused
from keyturn.core.text import clean_email
from keyturn.licensing.licenses import activations, facts, services, verification
from keyturn.licensing.licenses.facts import Facts, Question
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.verification import Verdict
from keyturn.licensing.products.models import Product


class Assign(Params):
    """Who gets which license."""

    license_key: Line = ""
    owner_email: Line | None = None
    owner_name: Line = ""


@endpoint("assign-license-key", "POST", invalid=801, permissions=[Permission.ASSIGN_LICENSES])
def assign_license_key(context: Context, given: Assign) -> Result:
    """Give an available license to a customer."""
    license = lookups.license(context, given.license_key)
    if license is None or license.status != Status.AVAILABLE:
        return Result(801)
    if given.owner_email is None:
        raise required("owner_email")
    with owner_named():
        services.assign(context.actor, license, given.owner_email, name=given.owner_name)
    return Result(800, {}, {"license": mirror.license_object(lookups.shown(license))})


class _Refused(Exception):
    """Ends the transaction, so that a license is not assigned without being activated."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


@endpoint(
    "assign-and-activate-license-key", "POST", invalid=801, permissions=[Permission.ASSIGN_LICENSES], wrapped=True
)
def assign_and_activate(context: Context, given: Assign) -> Result:
    """Assign when necessary, then activate: both or nothing."""
    license = lookups.license(context, given.license_key)
    if license is None:
        return Result(801)
    asked = verdicts.ask("activate", context.call.params, context.at)
    asked.profile = context.profile
    if asked.identifier is None or not asked.identifier.usable:
        return verdicts.result(asked, _facts(context, license, None), verification.IDENTIFIER_MISSING)
    try:
        with transaction.atomic():
            if not _owned(context, license, given):
                return Result(801)
            verdict, _ = activations.activate(context.actor, license, **devices.details(context.call, asked.identifier))
            if verdict not in (verification.ACTIVATED, verification.ALREADY_ACTIVE):
                raise _Refused(verdict)
    except _Refused as refusal:
        verdict = refusal.verdict
        hooks.activation_failed(context.actor, license.uuid, identifier=asked.identifier.text, code=verdict.code)
    except Refused:
        return Result(801)
    known = _facts(context, license, asked.identifier.text)
    result = verdicts.result(asked, known, verdict)
    files.add(result, known)
    return result


def _owned(context: Context, license: License, given: Assign) -> bool:
    """Whether the license is the customer's, now or already."""
    if given.owner_email is None:
        raise required("owner_email")
    if license.status != Status.AVAILABLE:
        return license.customer is not None and license.customer.email == clean_email(given.owner_email, "owner_email")
    if license.product.status != Product.Status.ACTIVE or license.product.killed_at:
        raise _Refused(verification.PRODUCT_STOPPED)
    with owner_named():
        services.assign(context.actor, license, given.owner_email, name=given.owner_name)
    return True


def _facts(context: Context, license: License, identifier: str | None) -> Facts:
    return facts.read(Shared(), Question(context.call.secret, license.license_key, identifier))


class Details(Params):
    """The identifier is read with its kind, elsewhere."""

    license_key: Line = ""


@endpoint("get-license-key-details", "POST", invalid=210, permissions=[Permission.VIEW_LICENSES], atomic=False)
def get_license_key_details(context: Context, given: Details) -> Result:
    """A license with its product and devices; SDKs may ask about the license as a whole."""
    license = lookups.license(context, given.license_key)
    if license is None:
        return Result(501 if context.is_sdk else 210)
    identifier = params.identifier(context.call.params)
    known = _facts(context, license, identifier.text if identifier and identifier.usable else None)
    verdict = verification.details(
        verdicts.question(known, context.at, identifier, optional=context.is_sdk and identifier is None)
    )
    if verdict is not verification.FOUND:
        return Result(verdict.code)
    fields: dict[str, Any] = {"licenseKey": details.license_key(license), "product": details.product(license.product)}
    shown = {
        **mirror.license_object(lookups.shown(license), known.device),
        "meta_data": mirror.pairs(license.metadata),
    }
    rows = license.activations.active_first()
    return Result(
        500, fields, {"license": shown, "activations": [mirror.activation(facts.of_activation(row)) for row in rows]}
    )
