"""Contracts, for the vendor's own programs (docs/spec/api-v1.md 11.24 to 11.26)."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Count, Q

from keyturn.access.permissions import Permission
from keyturn.api import mirror, params
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Identity, Page, Params
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.errors import Invalid
from keyturn.licensing.contracts import services
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.contracts.services import FLAGS
from keyturn.licensing.licenses.status import Status

# The documented text of each field (11.26); this is the only answer whose errors are single strings.
_TEXTS: Final = {
    "contract_key": "Contract key is required and must be unique.",
    "contract_name": "Contract name is required.",
    "contract_information": "Contract information is required.",
    "product_id": "Product Id must be a valid product Id.",
    "license_keys_quantity": "License keys quantity must be 1 or more.",
    "status": "Status must be active or inactive",
    **{flag: f"{flag.replace('_', ' ').capitalize()} must be 1 for true or 0 for false" for flag in services.FLAGS},
}
# The services' names of fields to the documented ones.
_FIELDS: Final = {"name": "contract_name", "information": "contract_information", "quota": "license_keys_quantity"}


class AllContracts(Page):
    """Of one product, or all."""

    product_id: Identity | None = None


@endpoint("get-all-contracts", "GET", invalid=740, permissions=[Permission.VIEW_RELEASES], atomic=False)
def get_all_contracts(context: Context, given: AllContracts) -> Result:
    """The contracts of the environment, oldest first."""
    rows = Contract.objects.in_scope(context.actor).annotate(
        count=Count("licenses", filter=~Q(licenses__status=Status.REVOKED))
    )
    if given.product_id is not None:
        product = lookups.product(context, given.product_id)
        if product is None:
            return Result(740)
        rows = rows.filter(product=product)
    shown = [mirror.contract_row(row, getattr(row, "count", 0)) for row in rows.order_by("pk")[given.window()]]
    return Result(846, {"contracts": shown}, {"contracts": shown})


class Anything(Params):
    """The fields are read by hand: every fault has a documented text of its own."""


@endpoint("create-contract", "POST", invalid=825, permissions=[Permission.MANAGE_RELEASES])
def create_contract(context: Context, given: Anything) -> Result:
    """Add a contract."""
    values, wrong = _read(context)
    product = lookups.product(context, params.identity(params.value(context.call.params, "product_id")))
    missing = {field for field in _TEXTS if field not in values and field not in wrong} - {"product_id"}
    wrong |= missing | ({"product_id"} if product is None else set())
    if wrong or product is None:
        return _refused(wrong)
    try:
        contract = services.create(context.actor, product=product, **_service_names(values))
    except Invalid as error:
        return _refused({_FIELDS.get(field, field) for field in error.errors})
    row = mirror.contract_row(contract, 0)
    return Result(841, {"contract": row}, {"contract": row})


class OneContract(Params):
    """The contract is read by hand: it may be named in three ways."""


@endpoint("update-contract", "POST", invalid=825, permissions=[Permission.MANAGE_RELEASES])
def update_contract(context: Context, given: OneContract) -> Result:
    """Change a contract; documented callers send every field, SDKs only what changes."""
    contract = lookups.contract(context, params.value(_identity(context), "contract_id"))
    if contract is None:
        return Result(844)
    values, wrong = _read(context)
    if not context.is_sdk:
        wrong |= {field for field in _TEXTS if field not in values and field != "product_id"}
    asked = params.value(context.call.params, "product_id")
    if asked is not None and lookups.product(context, params.identity(asked)) != contract.product:
        wrong.add("product_id")
    if wrong:
        return _refused(wrong)
    try:
        services.update(context.actor, contract, version=contract.version, **_service_names(values))
    except Invalid as error:
        return _refused({_FIELDS.get(field, field) for field in error.errors})
    row = mirror.contract_row(contract, contract.licenses.exclude(status=Status.REVOKED).count())
    return Result(842, {"contract": row}, {"contract": row})


@endpoint("delete-contract", "POST", invalid=825, permissions=[Permission.MANAGE_RELEASES])
def delete_contract(context: Context, given: OneContract) -> Result:
    """Remove a contract; its licenses stay."""
    contract = lookups.contract(context, params.value(_identity(context), "contract_id"))
    if contract is None:
        return Result(844)
    services.delete(context.actor, contract)
    return Result(843)


def _identity(context: Context) -> Mapping[str, Any]:
    # The new key of a contract does not name the one to change.
    return {name: value for name, value in context.call.params.items() if name != "contract_key"}


def _read(context: Context) -> tuple[dict[str, Any], set[str]]:
    """The fields that were sent, and those whose value cannot be right."""
    given = context.call.params
    texts = {name: params.text(given, name) for name in ("contract_key", "contract_name", "contract_information")}
    values: dict[str, Any] = {name: text for name, text in texts.items() if text}
    wrong: set[str] = set()
    if (quantity := params.text(given, "license_keys_quantity")) != "":
        if quantity.isascii() and quantity.isdigit() and 1 <= int(quantity[:12]) < 2**31:
            values["license_keys_quantity"] = int(quantity)
        else:
            wrong.add("license_keys_quantity")
    if (status := params.text(given, "status").lower()) != "":
        values["status"] = status
    for flag in FLAGS:
        if (word := str(params.value(given, flag) if flag in given else "").lower()) != "":
            if word in ("0", "1", "true", "false"):
                values[flag] = word in ("1", "true")
            else:
                wrong.add(flag)
    return values, wrong


def _service_names(values: Mapping[str, Any]) -> dict[str, Any]:
    back = {documented: own for own, documented in _FIELDS.items()}
    return {back.get(name, name): value for name, value in values.items()}


def _refused(fields: set[str]) -> Result:
    return Result(825, {"errors": {field: text for field, text in _TEXTS.items() if field in fields}})
