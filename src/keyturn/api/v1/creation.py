"""create-license-keys, in the documented form and in the SDKs' (docs/spec/api-v1.md 11.12)."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from keyturn.access.permissions import Permission
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Identity, Line, List, Map, Moment, Params, Whole, invalid, required
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
)
def create_license_keys(context: Context, given: CreateKeys) -> Result:
    """Store given keys, or draw new ones."""
    made = _each(context, given) if given.licenses is not None else _given_keys(context, given)
    counts = {"created": len(made.licenses), "duplicate": made.duplicates}
    shown = lookups.mirrors(made.licenses)
    fields: dict[str, Any] = dict(counts)
    if context.is_sdk:
        fields["data"] = {"licenses": shown}
    return Result(900 if made.licenses else 902, fields, {"licenses": shown, **counts})


def _given_keys(context: Context, given: CreateKeys) -> _Made:
    missing = [
        name
        for name in ("license_keys", "product_id", "activation_limit", "validity", "status")
        if getattr(given, name) is None
    ]
    if missing:
        raise Invalid({name: texts for error in map(required, missing) for name, texts in error.errors.items()})
    keys = [key.strip() if isinstance(key, str) else key for key in given.license_keys or []]
    if not all(isinstance(key, str) for key in keys):
        raise invalid("license_keys")
    # Checked already, as fields of the same types.
    one = One.model_construct(
        **{name: getattr(given, name) for name in set(One.model_fields) & set(CreateKeys.model_fields)}
    )
    made = _Made([])
    _add(context, made, one, _product(context, given.product_id), None, keys)
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
        one = One.read(each)
        one = one.model_copy(update={name: value for name, value in shared.items() if not getattr(one, name)})
        generator = found.generator(one.generator_id)
        product = generator.product if generator and one.product_id is None else found.product(one.product_id)
        if generator and generator.product_id != product.pk:
            raise invalid("generator_id")
        if generator is None and not one.license_key:
            raise required("generator_id")
        key = one.license_key or (formats.make_key(generator) if generator else "")
        _add(context, made, one, product, generator, [key])
    return made


class _Found:
    """Products and generators of one request, looked up once each. Raises Invalid for unknown ones."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._products: dict[Any, Product] = {}
        self._generators: dict[Any, Generator] = {}

    def product(self, identity: int | UUID | None) -> Product:
        if identity not in self._products:
            self._products[identity] = _product(self._context, identity)
        return self._products[identity]

    def generator(self, identity: int | UUID | None) -> Generator | None:
        if identity is not None and identity not in self._generators:
            generator = lookups.generator(self._context, identity)
            if generator is None or generator.status != Generator.Status.ACTIVE:
                raise invalid("generator_id")
            self._generators[identity] = generator
        return self._generators.get(identity)


def _product(context: Context, identity: int | UUID | None) -> Product:
    if identity is None:
        raise required("product_id")
    product = lookups.product(context, identity)
    if product is None:
        raise invalid("product_id")
    return product


def _add(
    context: Context, made: _Made, one: One, product: Product, generator: Generator | None, keys: list[str]
) -> None:
    status = one.status or ("assigned" if one.owner_email else "available")
    if status in ("assigned", "blocked") and not one.owner_email:
        raise required("owner_email")
    if status in ("available", "reserved") and one.owner_email:
        raise invalid("status")
    most, lasts = limit(one.activation_limit), validity(one.validity)
    count, unit = lasts or ((generator.validity_count, generator.validity_unit) if generator else (None, "days"))
    try:
        added = licenses.add_keys(
            context.actor,
            product,
            keys,
            generator=generator,
            email=one.owner_email,
            name=one.owner_name,
            activation_limit=most or (generator.activation_limit if generator else 1),
            validity_count=count,
            validity_unit=unit,
            reserved=status == "reserved",
            assigned_at=one.assigned_at,
            features=one.features,
            metadata=one.metadata,
        )
    except Refused as error:
        raise Invalid({"product_id": [error.message]}) from error
    for license in added.licenses if status == "blocked" else []:
        licenses.suspend(context.actor, license, reason="Created as blocked")
    made.licenses += added.licenses
    made.duplicates += added.duplicates
