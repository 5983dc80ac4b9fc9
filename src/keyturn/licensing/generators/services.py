"""Creating, changing and removing generators."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Changed, Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.licensing import values
from keyturn.licensing.generators import formats
from keyturn.licensing.generators.models import READABLE, Generator, ValidityUnit
from keyturn.licensing.products.models import Product
from keyturn.platform.audit import services as audit

T = TypeVar("T")
EDITABLE = (
    "name",
    "description",
    "status",
    "activation_limit",
    "validity_count",
    "validity_unit",
    "features",
    "metadata",
)
_AFFIX = re.compile(r"[A-Za-z0-9_.-]{0,20}")
_LONGEST_VALIDITY = {ValidityUnit.DAYS: 36_500, ValidityUnit.MONTHS: 1_200, ValidityUnit.YEARS: 100}


def create(
    actor: Actor,
    *,
    product: Product,
    name: str,
    type: str = Generator.Type.UUID,
    status: str = Generator.Status.ACTIVE,
    description: str = "",
    prefix: str = "",
    suffix: str = "",
    length: int = 16,
    segment_length: int = 4,
    separator: str = "-",
    charset: str = READABLE,
    function_name: str = "",
    validation_pattern: str = "",
    activation_limit: int = 1,
    validity_count: int | None = 365,
    validity_unit: str = ValidityUnit.DAYS,
    features: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Generator:
    """A new generator in the product's environment; `validity_count` None means lifetime. Raises Invalid."""
    require(actor, Permission.MANAGE_CATALOG)
    generator = Generator(
        product=product,
        environment=product.environment,
        name=clean_line(name),
        type=type,
        status=status,
        description=description.strip(),
        prefix=prefix.strip(),
        suffix=suffix.strip(),
        length=length,
        segment_length=segment_length,
        separator=separator,
        charset="".join(dict.fromkeys(charset)),
        function_name=function_name,
        validation_pattern=validation_pattern.strip(),
        activation_limit=activation_limit,
        validity_count=validity_count,
        validity_unit=validity_unit,
        features={} if features is None else features,
        metadata={} if metadata is None else metadata,
    )
    errors = {**format_problems(generator), **_problems(generator)}
    if product.environment != actor.environment or product.status != Product.Status.ACTIVE:
        errors["product"] = ["Choose an active product of this environment."]
    values.raise_if_any(errors)
    with transaction.atomic():
        _unique_name(lambda: generator.save(force_insert=True))
        audit.record(actor, _entry("generator.created", generator, {"name": [None, generator.name]}))
    return generator


def update(actor: Actor, generator: Generator, *, version: int, **changes: Any) -> Generator:
    """Change what later licenses will get (GEN-14, GEN-15). Raises Invalid, Changed."""
    require(actor, Permission.MANAGE_CATALOG)
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {sorted(unknown)}")
    before = {field: getattr(generator, field) for field in changes}
    for field, value in changes.items():
        setattr(generator, field, clean_line(value) if field == "name" else value)
    values.raise_if_any(_problems(generator))
    diff = {field: [old, changes[field]] for field, old in before.items() if old != getattr(generator, field)}
    with transaction.atomic():
        written = {field: getattr(generator, field) for field in changes}
        rows = _unique_name(
            lambda: Generator.objects.filter(pk=generator.pk, version=version).update(
                version=F("version") + 1, **written
            )
        )
        if not rows:
            raise Changed
        audit.record(actor, _entry("generator.updated", generator, diff))
    generator.refresh_from_db()
    return generator


@transaction.atomic
def delete(actor: Actor, generator: Generator) -> None:
    """Remove a generator; its licenses stay and keep its name as text (GEN-30)."""
    require(actor, Permission.MANAGE_CATALOG)
    audit.record(actor, _entry("generator.deleted", generator, {"name": [generator.name, None]}))
    generator.delete()


def check_ready(generator: Generator) -> None:
    """Raise Refused when the generator or its product must not make licenses (GEN-21)."""
    if generator.status != Generator.Status.ACTIVE:
        raise Refused("This generator is inactive. Activate it to generate licenses.")
    if generator.product.status != Product.Status.ACTIVE or generator.product.killed_at:
        raise Refused("The product of this generator is inactive. Activate it to generate licenses.")
    if generator.type == Generator.Type.CUSTOM and generator.function_name not in formats.CUSTOM:
        raise Refused("The key function of this generator is not part of the deployed code.")


def _problems(generator: Generator) -> values.Errors:
    errors: values.Errors = {}
    count, unit = generator.validity_count, generator.validity_unit
    values.collect(errors, "name", lambda: values.check_length(generator.name, 3, 100))
    values.collect(errors, "description", lambda: values.check_length(generator.description, 0, 2000))
    values.collect(errors, "status", lambda: values.check_choice(generator.status, Generator.Status.values))
    values.collect(errors, "activation_limit", lambda: values.check_limit(generator.activation_limit, 1000))
    values.collect(errors, "features", lambda: values.check_features(generator.features))
    values.collect(errors, "metadata", lambda: values.check_metadata(generator.metadata))
    if unit not in ValidityUnit.values:
        errors["validity_unit"] = ["Choose days, months or years."]
    elif count is not None and not 1 <= count <= _LONGEST_VALIDITY[ValidityUnit(unit)]:
        errors["validity_count"] = [f"Enter 1 to {_LONGEST_VALIDITY[ValidityUnit(unit)]:,} {unit}, or choose lifetime."]
    return errors


def format_problems(generator: Generator) -> values.Errors:
    """What is wrong with the key format of a generator, by field."""
    errors: values.Errors = {}
    for field in ("prefix", "suffix"):
        if not _AFFIX.fullmatch(getattr(generator, field)):
            errors[field] = ["Use at most 20 letters, digits, hyphens, dots and underscores."]
    if generator.type not in Generator.Type.values:
        errors["type"] = ["Choose uuid, chunk or custom."]
    elif generator.type == Generator.Type.CHUNK:
        errors.update(_chunk_problems(generator))
    elif generator.type == Generator.Type.CUSTOM and generator.function_name not in formats.CUSTOM:
        errors["function_name"] = ["Choose one of the deployed key functions."]
    try:
        re.compile(generator.validation_pattern)
    except re.error:
        errors["validation_pattern"] = ["Enter a valid regular expression."]
    return errors


def _chunk_problems(generator: Generator) -> values.Errors:
    errors: values.Errors = {}
    length, segment = generator.length, generator.segment_length
    if not 4 <= length <= 128:
        errors["length"] = ["Enter 4 to 128 random characters; 16 or more are recommended."]
    if not 1 <= segment <= 128 or (4 <= length <= 128 and length % segment):
        errors["segment_length"] = ["Enter a number that divides the length evenly."]
    if generator.separator not in ("-", "_", "."):
        errors["separator"] = ["Choose - _ or ."]
    if not 8 <= len(generator.charset) <= 64 or not re.fullmatch(r"[A-Za-z0-9]+", generator.charset):
        errors["charset"] = ["Enter 8 to 64 different letters and digits."]
    separators = length // max(segment, 1)
    if not errors and length + separators + len(generator.prefix + generator.suffix) > formats.KEY_LENGTH:
        errors["length"] = [f"The whole key may have at most {formats.KEY_LENGTH} characters."]
    return errors


def _unique_name(write: Callable[[], T]) -> T:
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        raise Invalid({"name": ["Another generator of this product has this name. Enter a different one."]}) from error


def _entry(action: str, generator: Generator, changes: Mapping[str, Any]) -> audit.Entry:
    return audit.Entry(action, ("generator", generator.uuid), changes, environment=generator.environment)
