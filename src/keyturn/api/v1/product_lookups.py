"""Product look-ups of newer SDKs (docs/spec/api-v1.md 11.30)."""

from keyturn.access.permissions import Permission
from keyturn.api import mirror
from keyturn.api.envelope import Result
from keyturn.api.v1 import lookups
from keyturn.api.v1.fields import Identity, Line, Params
from keyturn.api.v1.registry import Context, endpoint
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing


class LookUp(Params):
    """The official SDKs send none of them."""

    product_id: Identity | None = None
    product_slug: Line = ""


@endpoint("get-product", "GET", invalid=551, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_product(context: Context, given: LookUp) -> Result:
    """A product with its features."""
    product = looked_up(context, given)
    if product is None:
        return Result(551)
    context.product = product
    shown = mirror.product_object(product)
    return Result(631, {"product": shown}, {"product": shown, "features": shown["features"]})


@endpoint("get-product-meta", "GET", invalid=551, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_product_meta(context: Context, given: LookUp) -> Result:
    """The metadata of a product."""
    product = looked_up(context, given)
    if product is None:
        return Result(551)
    context.product = product
    entries = mirror.pairs(product.metadata)
    return Result(631, {"meta_data": entries}, {"meta_data": entries, "product": mirror.product_object(product)})


@endpoint("get-product-public-key", "GET", invalid=551, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_product_public_key(context: Context, given: LookUp) -> Result:
    """The PEM to verify signatures with."""
    product = looked_up(context, given)
    if product is None:
        return Result(551)
    context.product = product
    pair = signing.ensure(str(product.uuid), product.key_bits, product.signing_algorithm)
    answer = {"public_key": pair.public_pem, "product": {"uuid": str(product.uuid), "name": product.name}}
    return Result(632, answer, answer)


def looked_up(context: Context, given: LookUp) -> Product | None:
    """The product that is named, else the API key's, else the only active one (docs/spec/api-v1.md 11.30)."""
    products = Product.objects.in_scope(context.actor)
    if given.product_id is not None:
        return lookups.product(context, given.product_id)
    if given.product_slug:
        return products.filter(slug=given.product_slug).first()
    default = lookups.product(context, context.key.default_product)
    active = [] if default else list(products.filter(status=Product.Status.ACTIVE)[:2])
    return default or (active[0] if len(active) == 1 else None)
