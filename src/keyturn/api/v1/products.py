"""Products: create, change, delete, list (docs/spec/api-v1.md 11.16 to 11.19)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict

from keyturn.access.permissions import Permission
from keyturn.api import mirror
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Flag, Identity, Line, Map, Page, Params, Text, invalid, required
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.licenses import removal
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Feature, Product

_Source = Annotated[Literal["internal", "envato"], BeforeValidator(lambda value: str(value).lower())]


class CreateProduct(Params):
    """`features` maps a feature's name to its default."""

    model_config = ConfigDict(json_schema_extra={"required": ["name"]})

    name: Line = ""
    description: Text = ""
    source: _Source = "internal"
    require_non_expired: Flag = False
    status: Literal["active", "inactive"] = "active"
    external_reference: Line = ""
    slug: Line = ""
    changelog_enabled: Flag = False
    features: Map = {}


@endpoint("create-product", "POST", invalid=751, permissions=[Permission.MANAGE_CATALOG], gathers=True)
def create_product(context: Context, given: CreateProduct) -> Result:
    """Add a product; its key pair is made in the background."""
    for field in ("name",) if context.is_sdk else ("name", "description"):
        if not getattr(given, field):
            context.faults.note(required(field))
    features = _templates(context, given.features)
    product = products.create(
        context.actor,
        name=given.name,
        slug=given.slug,
        description=given.description,
        status=given.status,
        source=Product.Source.ENVATO if given.source == "envato" else Product.Source.API,
        external_reference=given.external_reference,
        require_license=given.require_non_expired,
        changelog_enabled=given.changelog_enabled,
        features=features,
    )
    context.product = product
    return Result(
        750, {"product_id": product.pk}, {"product": mirror.product_object(product), "product_id": product.pk}
    )


def _templates(context: Context, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    templates = []
    for name, default in given.items():
        with context.faults:
            templates.append(_template(name, default))
    return templates


def _template(name: str, default: Any) -> dict[str, Any]:
    if isinstance(default, bool):
        kind = Feature.Type.BOOLEAN
    elif default is None or isinstance(default, int):
        kind = Feature.Type.NUMBER
    elif isinstance(default, str):
        kind = Feature.Type.STRING
    else:
        raise invalid("features")
    return {"key": name, "label": name, "type": kind, "default": default}


class UpdateProduct(Params):
    """What is absent stays as it is."""

    product_id: Identity | None = None
    name: Line | None = None
    description: Text | None = None
    source: _Source | None = None
    require_non_expired: Flag | None = None
    status: Literal["active", "inactive"] | None = None
    external_reference: Line | None = None
    slug: Line | None = None
    changelog_enabled: Flag | None = None
    features: Map | None = None


_FIELDS = ("name", "description", "status", "external_reference", "slug", "changelog_enabled")


@endpoint("update-product", "POST", invalid=651, permissions=[Permission.MANAGE_CATALOG], gathers=True)
def update_product(context: Context, given: UpdateProduct) -> Result:
    """Change a product."""
    product = _named(context, given.product_id)
    changes = {field: value for field in _FIELDS if (value := getattr(given, field)) is not None}
    if given.require_non_expired is not None:
        changes["require_license"] = given.require_non_expired
    if given.source is not None and (given.source == "envato") != (product.source == Product.Source.ENVATO):
        changes["source"] = Product.Source.ENVATO if given.source == "envato" else Product.Source.API
    features = None if given.features is None else _templates(context, given.features)
    products.update(context.actor, product, version=product.version, features=features, **changes)
    return Result(650, {}, {"product": mirror.product_object(product)})


class DeleteProduct(Params):
    """Which product goes."""

    product_id: Identity | None = None


@endpoint("delete-product", "POST", invalid=651, permissions=[Permission.MANAGE_CATALOG])
def delete_product(context: Context, given: DeleteProduct) -> Result:
    """Remove a product that has no licenses but revoked ones."""
    named = lookups.product(context, given.product_id)
    if named is None:
        return Result(551)
    try:
        removal.delete_product(context.actor, named)
    except Refused as error:
        raise Invalid({"product_id": [error.message]}) from error
    # Its key pair went with it: the installation signs.
    context.product = None
    return Result(550)


def _named(context: Context, identity: int | UUID | None) -> Product:
    """The product, locked for the change. Raises Invalid."""
    named = lookups.product(context, identity)
    if named is None:
        raise invalid("product_id")
    return Product.objects.select_for_update().get(pk=named.pk)


@endpoint("get-all-products", "GET", invalid=810, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_all_products(context: Context, given: Page) -> Result:
    """The products of the environment, oldest first."""
    rows = Product.objects.in_scope(context.actor).prefetch_related("features").order_by("pk")[given.window()]
    return Result(
        810,
        {"products": [mirror.product_row(product) for product in rows]},
        {"products": [mirror.product_object(product) for product in rows]},
    )
