"""Finding what parameters name, inside the caller's environment."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from keyturn.api import mirror, params
from keyturn.api.v1.registry import Context
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import facts
from keyturn.licensing.licenses.facts import LicenseRecord
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing


def product(context: Context, identity: int | UUID | None) -> Product | None:
    """The product of that id or UUID; the answer is then about it."""
    if identity is None:
        return None
    found = Product.objects.in_scope(context.actor).filter(**by(identity)).first()
    context.product = found or context.product
    return found


def generator(context: Context, identity: int | UUID | None) -> Generator | None:
    """The generator of that id or UUID with its product."""
    if identity is None:
        return None
    found = Generator.objects.in_scope(context.actor).select_related("product").filter(**by(identity)).first()
    context.product = found.product if found else context.product
    return found


def contract(context: Context, named: Any) -> Contract | None:
    """The contract of that id, UUID or contract key, with its product and generator."""
    rows = Contract.objects.in_scope(context.actor).select_related("product", "generator__product")
    identity = params.identity(named)
    found = rows.filter(**by(identity)).first() if identity is not None else None
    if found is None and isinstance(named, str):
        found = rows.filter(contract_key=named.strip()).first()
    return found


def license(context: Context, license_key: str) -> License | None:
    """The license of that key with product and owner."""
    rows = License.objects.in_scope(context.actor).select_related("product", "customer")
    found = rows.filter(license_key=license_key).first()
    if found:
        context.product, context.license_id = found.product, found.pk
    return found


def shown(found: License) -> LicenseRecord:
    """A license as the answer's builders want it."""
    pair = signing.signing_pair(str(found.product.uuid))
    return facts.of_license(found, str(pair.uuid) if pair else None)


def mirrors(made: Iterable[License]) -> list[dict[str, Any]]:
    """The SDK's license objects, of licenses read with product and owner."""
    return [mirror.license_object(facts.of_license(license, None)) for license in made]


def by(identity: int | UUID) -> dict[str, Any]:
    """The filter that finds a row by its numeric id or its UUID."""
    return {"uuid" if isinstance(identity, UUID) else "pk": identity}
