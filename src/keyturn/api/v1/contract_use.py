"""What a partner does with a contract (docs/spec/api-v1.md 11.27, 11.34)."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from keyturn.access.permissions import Permission
from keyturn.api import limits, mirror, params
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Line, Params, Whole
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.errors import Refused
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.licenses import contracting
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product

_MAKES = (Permission.VIEW_RELEASES, Permission.MANAGE_LICENSES)
_ENDS = (Permission.VIEW_RELEASES, Permission.STOP_LICENSES)


class Named(Params):
    """The contract may be named in three ways, so it is read by hand."""


@endpoint("contracts/get-info", "GET", invalid=1200, permissions=[Permission.VIEW_RELEASES], atomic=False)
def get_info(context: Context, given: Named) -> Result:
    """A contract with its quota."""
    contract = _active(context)
    if contract is None:
        return Result(1200)
    if not contract.can_get_info:
        return Result(102, status=401)
    row = mirror.contract_row(contract, contracting.licenses_of(contract).count())
    return Result(1204, {"contract": row}, {"contract": row, "quota_remaining": contract.remaining})


class Generate(Params):
    """How many."""

    quantity: Annotated[Whole, Field(ge=1, le=1000)] = 1


@endpoint("contracts/generate", "POST", invalid=1206, permissions=_MAKES)
def generate(context: Context, given: Generate) -> Result:
    """Make licenses within the quota."""
    return _generate(context, _active(context), given.quantity)


class GenerateFor(Generate):
    """The contract stands in the address."""

    contract_uuid: Line = ""


@endpoint("contracts/{contract_uuid}/generate", "POST", invalid=1206, permissions=_MAKES)
def generate_for(context: Context, given: GenerateFor) -> Result:
    """Make licenses within the quota, under the contract's own address; the figures come to every caller."""
    contract = _usable(context, lookups.contract(context, given.contract_uuid))
    result = _generate(context, contract, given.quantity)
    left = contract.remaining if contract else 0
    figures = {"success": result.code == 1300, "licenses_generated": 0, "quota_remaining": left}
    figures |= {name: value for name, value in result.mirror.items() if name in figures}
    return replace(result, fields={**result.fields, **figures}, mirror={**result.mirror, **figures}, beside=figures)


def _generate(context: Context, contract: Contract | None, quantity: int) -> Result:
    if contract is None:
        return Result(1200)
    if not contract.can_generate:
        return Result(102, status=401)
    context.product = contract.product
    if contract.product.status != Product.Status.ACTIVE or contract.product.killed_at:
        return Result(1202)
    generator = contracting.generator_of(contract)
    if generator is None:
        return Result(1203)
    try:
        made = contracting.generate_for(context.actor, contract, generator, quantity).licenses
    except contracting.QuotaExceeded as error:
        return Result(1206 if error.remaining else 1205, {}, {"quota_remaining": error.remaining})
    except Refused:
        return Result(1203)
    fields: dict[str, Any] = {"license_keys": [license.license_key for license in made]}
    shown = lookups.mirrors(made)
    return Result(
        1300,
        fields,
        {"licenses": shown, "licenses_generated": len(made), "quota_remaining": contract.remaining},
    )


class Destroy(Params):
    """Which license of the contract."""

    license_key: Line = ""


@endpoint("contracts/destroy", "POST", invalid=1401, permissions=_ENDS)
def destroy(context: Context, given: Destroy) -> Result:
    """Revoke a license of a contract; without a contract, that of any."""
    if params.value(context.call.params, "contract_id") is not None:
        contract = _active(context)
    else:
        license = License.objects.in_scope(context.actor).filter(license_key=given.license_key).first()
        if license is None or license.contract_id is None:
            return Result(1401)
        contract = _usable(context, lookups.contract(context, license.contract_id))
    if contract is None:
        return Result(1200)
    if not contract.can_destroy:
        return Result(102, status=401)
    return Result(1400 if contracting.destroy(context.actor, contract, [given.license_key]) else 1401)


@endpoint("contracts/destroy-all", "POST", invalid=1501, permissions=_ENDS)
def destroy_all(context: Context, given: Named) -> Result:
    """Revoke every license of a contract."""
    contract = _active(context)
    if contract is None:
        return Result(1200)
    if not contract.can_destroy_all:
        return Result(102, status=401)
    ended = contracting.destroy(context.actor, contract)
    return Result(1500, {"deleted": ended}, {"deleted": ended}) if ended else Result(1501)


def _active(context: Context) -> Contract | None:
    return _usable(context, lookups.contract(context, params.value(context.call.params, "contract_id")))


def _usable(context: Context, contract: Contract | None) -> Contract | None:
    if contract is None or contract.status != Contract.Status.ACTIVE:
        return None
    context.product = contract.product
    limits.of_contract(contract.pk, context.settings)
    return contract
