"""Licenses of contracts: generated within a quota, destroyed by revocation (contracts.md)."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.core.errors import Refused
from keyturn.licensing.contracts import services as contracts
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.creation import Batch, check_quantity, generate
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.querysets import LicenseQuerySet
from keyturn.licensing.licenses.services import revoke_many
from keyturn.licensing.licenses.status import Status


class QuotaExceeded(Refused):
    """Fewer licenses are left than were asked for."""

    def __init__(self, remaining: int) -> None:
        super().__init__(f"Quota exceeded: {remaining:,} licenses are left. Ask for fewer, or raise the quota.")
        self.remaining = remaining


def licenses_of(contract: Contract) -> LicenseQuerySet:
    """Licenses that count as the contract's: all but those destroyed."""
    return License.objects.filter(contract=contract).exclude(status=Status.REVOKED)


def generator_of(contract: Contract) -> Generator | None:
    """The generator that the contract uses now: its own, else the first active one of its product."""
    if contract.generator is not None:
        return contract.generator if contract.generator.status == Generator.Status.ACTIVE else None
    rows = Generator.objects.select_related("product").filter(product=contract.product, status=Generator.Status.ACTIVE)
    return rows.order_by("pk").first()


@transaction.atomic
def generate_for(actor: Actor, contract: Contract, generator: Generator, quantity: int) -> Batch:
    """Make available licenses within the quota, all or none. Raises Invalid, QuotaExceeded, Refused."""
    check_quantity(quantity)
    if not contracts.reserve(contract, quantity):
        raise QuotaExceeded(contract.remaining)
    batch = generate(actor, generator, quantity, source=License.Source.CONTRACT, contract=contract)
    if batch.failed:
        contracts.give_back(contract, batch.failed)
    return batch


def destroy(actor: Actor, contract: Contract, license_keys: list[str] | None = None) -> int:
    """Revoke these licenses of the contract, or all of them; how many were revoked. Quota is not returned."""
    rows = licenses_of(contract)
    rows = rows if license_keys is None else rows.filter(license_key__in=license_keys)
    return revoke_many(actor, list(rows), reason=f"Destroyed by the contract {contract.name}")
