"""Products: create, list, public key (docs/spec/api-v1.md 11.16, 11.19, 11.30)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from keyturn.access.permissions import Permission
from keyturn.api import mirror
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Flag, Identity, Line, Map, Page, Params, Text, invalid, required
from keyturn.api.v1.registry import Context, endpoint
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Feature, Product
from keyturn.licensing.signing import services as signing

_Source = Annotated[Literal["internal", "envato"], BeforeValidator(lambda value: str(value).lower())]


class CreateProduct(Params):
    """`features` maps a feature's name to its default."""

    name: Line
    description: Text = ""
    source: _Source = "internal"
    require_non_expired: Flag = False
    status: Literal["active", "inactive"] = "active"
    external_reference: Line = ""
    slug: Line = ""
    changelog_enabled: Flag = False
    features: Map = {}


@endpoint("create-product", "POST", invalid=751, permissions=[Permission.MANAGE_CATALOG])
def create_product(context: Context, given: CreateProduct) -> Result:
    """Add a product; its key pair is made in the background."""
    if not context.is_sdk and not given.description:
        raise required("description")
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
        features=[_template(name, default) for name, default in given.features.items()],
    )
    context.product = product
    return Result(
        750, {"product_id": product.pk}, {"product": mirror.product_object(product), "product_id": product.pk}
    )


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


@endpoint("get-all-products", "GET", invalid=810, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_all_products(context: Context, given: Page) -> Result:
    """The products of the environment, oldest first."""
    rows = Product.objects.in_scope(context.actor).prefetch_related("features").order_by("pk")[given.window()]
    return Result(
        810,
        {"products": [mirror.product_row(product) for product in rows]},
        {"products": [mirror.product_object(product) for product in rows]},
    )


class LookUp(Params):
    """The official SDKs send none of them."""

    product_id: Identity | None = None
    product_slug: Line = ""


@endpoint("get-product-public-key", "GET", invalid=551, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_product_public_key(context: Context, given: LookUp) -> Result:
    """The PEM to verify signatures with; the pair is made now when the background job has not done it yet."""
    product = _looked_up(context, given)
    if product is None:
        return Result(551)
    context.product = product
    pair = signing.ensure(str(product.uuid), product.key_bits, product.signing_algorithm)
    answer = {"public_key": pair.public_pem, "product": {"uuid": str(product.uuid), "name": product.name}}
    return Result(632, answer, answer)


def _looked_up(context: Context, given: LookUp) -> Product | None:
    products = Product.objects.in_scope(context.actor)
    if given.product_id is not None:
        return lookups.product(context, given.product_id)
    if given.product_slug:
        return products.filter(slug=given.product_slug).first()
    default = lookups.product(context, context.key.default_product)
    active = [] if default else list(products.filter(status=Product.Status.ACTIVE)[:2])
    return default or (active[0] if len(active) == 1 else None)
