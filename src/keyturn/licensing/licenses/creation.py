"""Making licenses (T1): from a generator, or with given keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing import values
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators import formats
from keyturn.licensing.generators.models import Generator, ValidityUnit
from keyturn.licensing.generators.services import check_ready
from keyturn.licensing.licenses import keys
from keyturn.licensing.licenses.assignment import assign_many
from keyturn.licensing.licenses.events import license_entry
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.features import defaults
from keyturn.licensing.products.models import Product
from keyturn.platform.audit import services as audit

BATCH_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """What a generation made; `failed` counts keys that could not be drawn."""

    licenses: list[License]
    failed: int


@dataclass(frozen=True, slots=True)
class Added:
    """What adding given keys made; `duplicates` counts keys that existed or stood twice."""

    licenses: list[License]
    duplicates: int


def generate(
    actor: Actor,
    generator: Generator,
    quantity: int,
    *,
    source: str = License.Source.MANUAL,
    activation_limit: int | None = None,
    validity: tuple[int | None, str] | None = None,
    contract: Contract | None = None,
) -> Batch:
    """Make 1 to 1,000 available licenses; limit and validity (count, unit) may override the generator's.

    Raises Invalid for `quantity`, Refused when the generator or product is inactive.
    """
    require(actor, Permission.MANAGE_LICENSES)
    check_quantity(quantity)
    check_ready(generator)
    count, unit = validity or (generator.validity_count, generator.validity_unit)
    with transaction.atomic():
        base = template(generator.product, generator)
        drafts = [
            License(
                **base,
                activation_limit=activation_limit or generator.activation_limit,
                validity_count=count,
                validity_unit=unit,
                source=source,
                contract=contract,
            )
            for _ in range(quantity)
        ]
        made, failed = keys.insert_drawn(drafts, lambda: draw(generator))
        Generator.objects.filter(pk=generator.pk).update(generated=F("generated") + len(made))
        audit.record_many(actor, [license_entry("license.created", license) for license in made])
        audit.record(
            actor,
            audit.Entry(
                "generator.batch",
                ("generator", generator.uuid),
                # The rows of a batch are found by this when its keys are downloaded.
                {"quantity": quantity, "made": len(made), "failed": failed, "licenses": [row.pk for row in made]},
                environment=generator.environment,
            ),
        )
    return Batch(made, failed)


@transaction.atomic
def issue(actor: Actor, generator: Generator, email: str) -> License:
    """Make one license and assign it, both or neither. Raises Invalid for the address, Refused."""
    made = generate(actor, generator, 1).licenses
    if not made:
        raise Refused("Every key that was drawn exists already. Give the generator longer keys.")
    assign_many(actor, made, email)
    made[0].refresh_from_db()
    return made[0]


def check_quantity(quantity: int) -> None:
    """Raise Invalid unless one batch may have this size."""
    if not 1 <= quantity <= BATCH_LIMIT:
        raise Invalid({"quantity": [f"Enter a number from 1 to {BATCH_LIMIT:,}."]})


def add_keys(
    actor: Actor,
    product: Product,
    given: Sequence[str],
    *,
    generator: Generator | None = None,
    email: str = "",
    name: str = "",
    activation_limit: int = 1,
    validity_count: int | None = None,
    validity_unit: str = ValidityUnit.DAYS,
    reserved: bool = False,
    assigned_at: datetime | None = None,
    features: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    order_reference: str = "",
    source: str = License.Source.API,
) -> Added:
    """Make licenses with given keys; with an e-mail they are assigned in the same transaction.

    Keys that exist or stand twice are counted and skipped. Raises Invalid, Refused.
    """
    require(actor, Permission.MANAGE_LICENSES)
    check_new(given, activation_limit, features, metadata)
    check_open(product)
    unique = list(dict.fromkeys(given))
    with transaction.atomic():
        base = template(product, generator)
        base["features"] = {**base["features"], **(features or {})}
        base["metadata"] = {**base["metadata"], **(metadata or {})}
        drafts = [
            License(
                **base,
                license_key=key,
                activation_limit=activation_limit,
                validity_count=validity_count,
                validity_unit=validity_unit,
                reserved=reserved and not email,
                order_reference=order_reference,
                source=source,
            )
            for key in unique
        ]
        made = keys.insert_given(drafts)
        audit.record_many(actor, [license_entry("license.created", license) for license in made])
        if email and made:
            assign_many(actor, made, email, name=name, assigned_at=assigned_at)
            made = list(License.objects.select_related("product", "customer").filter(pk__in=[row.pk for row in made]))
    return Added(made, len(given) - len(made))


def template(product: Product, generator: Generator | None) -> dict[str, Any]:
    """The values that licenses of `product`, made by `generator` or without one, start with."""
    return {
        "environment": product.environment,
        "product": product,
        "generator": generator,
        "generator_name": generator.name if generator else "",
        "features": {**defaults(product), **(generator.features if generator else {})},
        "metadata": dict(generator.metadata) if generator else {},
    }


def draw(generator: Generator) -> str:
    """A key as `generator` makes them; it may exist already. Raises Refused."""
    key = formats.make_key(generator)
    if not formats.matches(key, generator.validation_pattern):
        raise Refused("The keys of this generator do not match its own validation rule. Correct the rule.")
    return key


def check_new(
    given: Sequence[str],
    activation_limit: int,
    features: Mapping[str, Any] | None,
    metadata: Mapping[str, Any] | None,
) -> None:
    """Raise Invalid with all that keeps licenses from having these keys and values."""
    errors: values.Errors = {}
    if not 1 <= len(given) <= BATCH_LIMIT:
        errors["license_keys"] = [f"Give 1 to {BATCH_LIMIT:,} license keys."]
    bad = sorted({problem for problem in map(keys.key_problem, given) if problem})
    if bad:
        errors["license_keys"] = bad
    values.collect(errors, "activation_limit", lambda: values.check_limit(activation_limit, 10_000))
    values.collect(errors, "features", lambda: values.check_features(features or {}))
    values.collect(errors, "metadata", lambda: values.check_metadata(metadata or {}))
    values.raise_if_any(errors)


def check_open(product: Product) -> None:
    """Raise Refused unless licenses of `product` may be made."""
    if product.status != Product.Status.ACTIVE or product.killed_at:
        raise Refused("This product is inactive. Activate it to create licenses.")
