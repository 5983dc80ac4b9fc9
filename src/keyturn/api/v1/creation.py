"""create-license-keys, in the documented form and in the SDKs' (docs/spec/api-v1.md 11.12)."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from keyturn.access.permissions import Permission
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Identity, Line, List, Map, Moment, Params, Whole, invalid, owner_named, required
from keyturn.api.v1.generators import limit, validity
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.generators import formats
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product

_LIMIT = 1000
_Days = Annotated[Whole, Field(ge=0, le=36_500)]
Wanted = Literal["available", "assigned", "reserved", "blocked"]


class Terms(Params):
    """What a license may be given, in either form."""

    product_id: Identity | None = None
    generator_id: Identity | None = None
    owner_email: Line = ""
    owner_name: Line = ""
    activation_limit: Whole | None = None
    validity: _Days | None = None
    status: Wanted | None = None
    assigned_at: Moment | None = None


class CreateKeys(Terms):
    """Either `license_keys` with what they share, or `licenses` with what each has."""

    license_keys: List | None = None
    licenses: List | None = None


class One(Terms):
    """A member of `licenses`; without `license_key` the generator draws one."""

    license_key: Line = ""
    features: Map = {}
    metadata: Map = {}


@dataclass
class _Made:
    licenses: list[License]
    duplicates: int = 0


@endpoint(
    "create-license-keys",
    "POST",
    invalid=901,
    permissions=[Permission.MANAGE_LICENSES, Permission.ASSIGN_LICENSES, Permission.STOP_LICENSES],
    gathers=True,
)
def create_license_keys(context: Context, given: CreateKeys) -> Result:
    """Store given keys, or draw new ones."""
    each = given.licenses is not None or "licenses" in context.faults.errors
    made = _each(context, given) if each else _given_keys(context, given)
    counts = {"created": len(made.licenses), "duplicate": made.duplicates}
    shown = lookups.mirrors(made.licenses)
    fields: dict[str, Any] = dict(counts)
    if context.is_sdk:
        fields["data"] = {"licenses": shown}
    return Result(900 if made.licenses else 902, fields, {"licenses": shown, **counts})


def _given_keys(context: Context, given: CreateKeys) -> _Made:
    for name in ("license_keys", "product_id", "activation_limit", "validity", "status"):
        if getattr(given, name) in (None, []):
            context.faults.note(required(name))
    keys = [key.strip() for key in given.license_keys or [] if isinstance(key, str)]
    if len(keys) < len(given.license_keys or []):
        context.faults.note(invalid("license_keys"))
    # Read already, as fields of the same types.
    one = One.model_construct(
        **{name: getattr(given, name) for name in set(One.model_fields) & set(CreateKeys.model_fields)}
    )
    made = _Made([])
    _add(context, made, one, _Found(context).product(given.product_id), None, keys)
    return made


def _each(context: Context, given: CreateKeys) -> _Made:
    wanted = given.licenses or []
    if not 1 <= len(wanted) <= _LIMIT or not all(isinstance(each, dict) for each in wanted):
        raise invalid("licenses")
    shared = {
        "product_id": given.product_id,
        "generator_id": given.generator_id,
        "owner_email": given.owner_email,
        "owner_name": given.owner_name,
    }
    made, found = _Made([]), _Found(context)
    for each in wanted:
        one = One.gather(each, context.faults)
        one = one.model_copy(update={name: value for name, value in shared.items() if not getattr(one, name)})
        generator = found.generator(one.generator_id)
        product = generator.product if generator and one.product_id is None else found.product(one.product_id)
        if generator and product and generator.product_id != product.pk:
            context.faults.note(invalid("generator_id"))
        if generator is None and not one.license_key:
            context.faults.note(required("generator_id"))
        # Without a generator nothing is stored: the key stands in so that all else is checked.
        key = one.license_key or (formats.make_key(generator) if generator else "-")
        _add(context, made, one, product, generator, [key])
    return made


class _Found:
    """Products and generators of one request, looked up once each. What is unknown is noted, and None."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._products: dict[Any, Product | None] = {}
        self._generators: dict[Any, Generator | None] = {None: None}

    def product(self, identity: int | UUID | None) -> Product | None:
        if identity not in self._products:
            product = lookups.product(self._context, identity)
            if product is None:
                self._context.faults.note((required if identity is None else invalid)("product_id"))
            self._products[identity] = product
        return self._products[identity]

    def generator(self, identity: int | UUID | None) -> Generator | None:
        if identity not in self._generators:
            generator = lookups.generator(self._context, identity)
            if generator is None or generator.status != Generator.Status.ACTIVE:
                self._context.faults.note(invalid("generator_id"))
                generator = None
            self._generators[identity] = generator
        return self._generators[identity]


def _add(
    context: Context, made: _Made, one: One, product: Product | None, generator: Generator | None, keys: list[str]
) -> None:
    status = one.status or ("assigned" if one.owner_email else "available")
    most = limit(one.activation_limit) or (generator.activation_limit if generator else 1)
    _check(context, one, status, most, product, keys)
    if context.faults.errors or product is None:
        return
    lasts = (generator.validity_count, generator.validity_unit) if generator else (None, "days")
    count, unit = validity(one.validity) or lasts
    added = licenses.add_keys(
        context.actor,
        product,
        keys,
        generator=generator,
        email=one.owner_email,
        name=one.owner_name,
        activation_limit=most,
        validity_count=count,
        validity_unit=unit,
        reserved=status == "reserved",
        assigned_at=one.assigned_at,
        features=one.features,
        metadata=one.metadata,
    )
    for license in added.licenses if status == "blocked" else []:
        licenses.suspend(context.actor, license, reason="Created as blocked")
    made.licenses += added.licenses
    made.duplicates += added.duplicates


def _check(context: Context, one: One, status: str, most: int, product: Product | None, keys: list[str]) -> None:
    if status in ("assigned", "blocked") and not one.owner_email:
        context.faults.note(required("owner_email"))
    if status in ("available", "reserved") and one.owner_email:
        context.faults.note(invalid("status"))
    with context.faults:
        licenses.check_new(keys, most, one.features, one.metadata)
    with context.faults, owner_named():
        if one.owner_email:
            licenses.check_recipient(context.actor, one.owner_email, name=one.owner_name)
    with context.faults:
        if product:
            _check_open(product)


def _check_open(product: Product) -> None:
    try:
        licenses.check_open(product)
    except Refused as error:
        raise Invalid({"product_id": [error.message]}) from error
