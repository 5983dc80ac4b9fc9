"""Generators: list, and generate licenses (docs/spec/api-v1.md 11.21, 11.22)."""

from typing import Any

from keyturn.access.permissions import Permission
from keyturn.api import mirror
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Identity, Params, Whole, required
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.errors import Refused
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License


class AllGenerators(Params):
    """Of one product, or all."""

    product_id: Identity | None = None


@endpoint("get-all-generators", "GET", invalid=740, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_all_generators(context: Context, given: AllGenerators) -> Result:
    """The generators of the environment, oldest first; the documented list is called `products`."""
    rows = Generator.objects.in_scope(context.actor).select_related("product").order_by("pk")
    if given.product_id is not None:
        product = lookups.product(context, given.product_id)
        if product is None:
            return Result(740)
        rows = rows.filter(product=product)
    shown = [mirror.generator_row(generator) for generator in rows]
    return Result(820, {"products": shown}, {"generators": shown})


class Generate(Params):
    """Limit and validity override the generator's."""

    generator_id: Identity | None = None
    quantity: Whole | None = None
    activation_limit: Whole | None = None
    validity: Whole | None = None


@endpoint("generate", "POST", invalid=901, permissions=[Permission.MANAGE_LICENSES])
def generate(context: Context, given: Generate) -> Result:
    """Make 1 to 1,000 available licenses."""
    generator = lookups.generator(context, given.generator_id)
    if generator is None:
        return Result(806)
    if given.quantity is None:
        raise required("quantity")
    try:
        batch = licenses.generate(
            context.actor,
            generator,
            given.quantity,
            source=License.Source.API,
            activation_limit=limit(given.activation_limit),
            validity=validity(given.validity),
        )
    except Refused:
        return Result(806)
    made = batch.licenses
    shown = lookups.mirrors(made)
    fields: dict[str, Any] = {"licenseKeys": [license.license_key for license in made]}
    if context.is_sdk:
        fields["data"] = {"licenses": shown}
    return Result(815, fields, {"licenses": shown, "count": len(made)})


def limit(wanted: int | None) -> int | None:
    """A limit as it is stored: 0 and less is unlimited."""
    return None if wanted is None else (wanted if wanted > 0 else -1)


def validity(days: int | None) -> tuple[int | None, str] | None:
    """A validity as it is stored: 0 days is for ever."""
    return None if days is None else (days if days > 0 else None, "days")
