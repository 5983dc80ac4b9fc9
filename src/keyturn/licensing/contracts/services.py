"""Creating, changing and deleting contracts; taking from their quota."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Changed, Invalid
from keyturn.core.text import clean_line
from keyturn.licensing import values
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.products.models import Product
from keyturn.platform.audit import services as audit

FLAGS: Final = ("can_get_info", "can_generate", "can_destroy", "can_destroy_all")
EDITABLE: Final = ("contract_key", "name", "information", "status", "quota", "generator", *FLAGS)
_LARGEST: Final = 2**31 - 1
T = TypeVar("T")


def create(actor: Actor, *, product: Product, contract_key: str, name: str, quota: int, **more: Any) -> Contract:
    """A new contract for licenses of `product`. `more`: other EDITABLE fields. Raises Invalid."""
    require(actor, Permission.MANAGE_RELEASES)
    contract = Contract(environment=product.environment, product=product)
    _fill(contract, {"contract_key": contract_key, "name": name, "quota": quota, **more})
    with transaction.atomic():
        _unique_key(lambda: contract.save(force_insert=True))
        audit.record(actor, _entry("contract.created", contract, {"name": [None, contract.name]}))
    return contract


def update(actor: Actor, contract: Contract, *, version: int, **changes: Any) -> Contract:
    """Change EDITABLE fields of a contract as it was at `version`. Product and environment stay.

    Raises Invalid, Changed.
    """
    require(actor, Permission.MANAGE_RELEASES)
    before = {field: getattr(contract, field) for field in changes}
    _fill(contract, changes)
    written = {field: getattr(contract, field) for field in changes}
    with transaction.atomic():
        rows = Contract.objects.filter(pk=contract.pk, version=version)
        if not _unique_key(lambda: rows.update(version=F("version") + 1, updated_at=now(), **written)):
            raise Changed
        contract.refresh_from_db()
        diff = {field: [_shown(old), _shown(written[field])] for field, old in before.items() if old != written[field]}
        audit.record(actor, _entry("contract.updated", contract, diff))
        if before.get("status") == Contract.Status.ACTIVE and contract.status == Contract.Status.INACTIVE:
            audit.record(actor, _entry("contract.suspended", contract, {}))
    return contract


def delete(actor: Actor, contract: Contract) -> None:
    """Remove a contract; its licenses stay (CON-41)."""
    require(actor, Permission.MANAGE_RELEASES)
    with transaction.atomic():
        audit.record(actor, _entry("contract.deleted", contract, {"name": [contract.name, None]}))
        contract.delete()


def reserve(contract: Contract, quantity: int) -> bool:
    """Take `quantity` from the quota, if as many are left: in one step, so that parallel calls never exceed it."""
    rows = Contract.objects.filter(pk=contract.pk, status=Contract.Status.ACTIVE, generated__lte=F("quota") - quantity)
    taken = rows.update(generated=F("generated") + quantity)
    contract.refresh_from_db()
    return bool(taken)


def give_back(contract: Contract, quantity: int) -> None:
    """Return what could not be generated."""
    Contract.objects.filter(pk=contract.pk).update(generated=F("generated") - quantity)
    contract.refresh_from_db()


def _fill(contract: Contract, given: Mapping[str, Any]) -> None:
    unknown = set(given) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {sorted(unknown)}")
    for field, value in given.items():
        setattr(contract, field, clean_line(value) if field in ("contract_key", "name") else value)
    errors: values.Errors = {}
    for field, most in (("contract_key", 150), ("name", 150)):
        values.collect(errors, field, partial(values.check_length, getattr(contract, field), 1, most))
    values.collect(errors, "information", lambda: values.check_length(contract.information, 0, 2000))
    values.collect(errors, "status", lambda: values.check_choice(contract.status, Contract.Status.values))
    if not max(1, contract.generated) <= contract.quota <= _LARGEST:
        errors["quota"] = [f"Enter a whole number from {max(1, contract.generated):,} to {_LARGEST:,}."]
    if contract.generator is not None and contract.generator.product_id != contract.product_id:
        errors["generator"] = ["Choose a generator of the contract's product."]
    values.raise_if_any(errors)


def _unique_key(write: Callable[[], T]) -> T:
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        raise Invalid({"contract_key": ["Another contract has this key. Enter a different one."]}) from error


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


def _entry(action: str, contract: Contract, changes: Mapping[str, Any]) -> audit.Entry:
    return audit.Entry(action, ("contract", contract.uuid), changes, environment=contract.environment)
