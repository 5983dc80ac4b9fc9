"""Lists and stock of licenses (docs/spec/api-v1.md 11.6, 11.11, 11.23)."""

from typing import Annotated, Any

from django.db.models import Q
from pydantic import Field

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission
from keyturn.api import mirror
from keyturn.api.envelope import Result
from keyturn.api.v1 import details, lookups
from keyturn.api.v1.fields import Flag, Identity, Line, Page, Params, Whole, invalid, owner_named, required
from keyturn.api.v1.registry import Context, endpoint
from keyturn.core import outbound
from keyturn.core.errors import Invalid
from keyturn.core.text import clean_email
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses import stock
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.platform.jobs.services import enqueue

_LARGEST_PAGE = 1000
# The documented vocabulary of filters (9.1).
_FILTERS = {
    "available": Q(status=Status.AVAILABLE, reserved=False),
    "reserved": Q(status=Status.AVAILABLE, reserved=True),
    "assigned": Q(status__in=[Status.ASSIGNED, Status.ACTIVE, Status.EXPIRED]),
    "active": Q(status=Status.ACTIVE),
    "expired": Q(status=Status.EXPIRED),
    "blocked": Q(status__in=[Status.SUSPENDED, Status.REVOKED]),
    "suspended": Q(status=Status.SUSPENDED),
    "inactive": Q(status=Status.SUSPENDED),
    "revoked": Q(status=Status.REVOKED),
}


class Licenses(Page):
    """Filters of the list."""

    product_id: Identity | None = None
    status: Line = ""
    owner_email: Line = ""


@endpoint("get-license-keys", "GET", invalid=740, permissions=[Permission.VIEW_LICENSES], atomic=False)
def get_license_keys(context: Context, given: Licenses) -> Result:
    """The licenses of the environment, oldest first, at most 1,000 a page."""
    rows = License.objects.in_scope(context.actor).select_related("product", "customer")
    if given.product_id is not None:
        product = lookups.product(context, given.product_id)
        if product is None:
            return Result(740)
        rows = rows.filter(product=product)
    if given.status:
        if given.status.lower() not in _FILTERS:
            raise invalid("status")
        rows = rows.filter(_FILTERS[given.status.lower()])
    if given.owner_email:
        rows = rows.filter(customer__email=clean_email(given.owner_email, "owner_email"))
    per_page = given.per_page or _LARGEST_PAGE
    start = (given.page - 1) * per_page
    found = list(rows.order_by("pk")[start : start + per_page])
    shown: dict[str, Any] = {"page": given.page, "per_page": per_page}
    if context.is_sdk:
        shown |= {"licenses": lookups.mirrors(found), "total": rows.count()}
    return Result(730, {"license_keys": [details.license_row(license) for license in found]}, shown)


class Available(Params):
    """Whose stock is counted."""

    product_id: Identity | None = None
    generator_id: Identity | None = None


@endpoint("get-available-license-keys-count", "GET", invalid=740, permissions=[Permission.VIEW_LICENSES], atomic=False)
def get_available_license_keys_count(context: Context, given: Available) -> Result:
    """How many licenses of a product, or of one of its generators, can be handed out."""
    product = lookups.product(context, given.product_id)
    if product is None:
        return Result(740)
    generator = lookups.generator(context, given.generator_id)
    if given.generator_id is not None and (generator is None or generator.product_id != product.pk):
        raise invalid("generator_id")
    count = stock.pool(product, generator).count()
    return Result(741, {"count": count}, {"count": count})


class RandomAssign(Params):
    """`generate` and `generator_id` decide where the licenses come from."""

    product_id: Identity | None = None
    owner_email: Line | None = None
    owner_name: Line = ""
    quantity: Annotated[Whole, Field(ge=1, le=1000)] = 1
    generate: Flag | None = None
    generator_id: Identity | None = None


@endpoint(
    "random-assign-license-keys",
    "POST",
    invalid=901,
    permissions=[Permission.MANAGE_LICENSES, Permission.ASSIGN_LICENSES],
    gathers=True,
)
def random_assign_license_keys(context: Context, given: RandomAssign) -> Result:
    """Give a customer some licenses of a product: from stock, freshly generated, or both."""
    product = lookups.product(context, given.product_id)
    if product is None:
        return Result(805)
    if _lacks_generator(given, product):
        return Result(806)
    return hand_out(context.actor, given, product)


class RandomAssignQueued(RandomAssign):
    """`identifier` is the caller's own reference, such as an order number; it comes back with the result."""

    identifier: Annotated[Line, Field(max_length=255)] = ""
    webhook_url: Annotated[Line, Field(max_length=500)] = ""


@endpoint(
    "random-assign-license-keys-queued",
    "POST",
    invalid=901,
    permissions=[Permission.MANAGE_LICENSES, Permission.ASSIGN_LICENSES],
    gathers=True,
)
def random_assign_license_keys_queued(context: Context, given: RandomAssignQueued) -> Result:
    """Give a customer some licenses of a product by a job, whose result is posted to `webhook_url`."""
    product = lookups.product(context, given.product_id)
    if product is None:
        return Result(805)
    if _lacks_generator(given, product):
        return Result(806)
    try:
        if given.webhook_url:
            outbound.check_form(given.webhook_url)
    except outbound.Unsafe as error:
        context.faults.note(Invalid({"webhook_url": [str(error)]}))
    with context.faults:
        _recipient(context.actor, given)
    payload = given.model_dump(mode="json", exclude_none=True)
    job = enqueue("api.random_assign", api_key=str(context.key.uuid), product=str(product.uuid), given=payload)
    return Result(807, {}, {"job_id": str(job)})


def hand_out(actor: Actor, given: RandomAssign, product: Product) -> Result:
    """The answer 803, or 802 with nothing assigned. Raises Invalid, Refused."""
    email, generator = _recipient(actor, given), _generator(given, product)
    try:
        made = stock.hand_out(
            actor,
            product,
            given.quantity,
            email,
            name=given.owner_name,
            generator=None if given.generate is False else generator,
            from_pool=not given.generate,
        )
    except stock.Insufficient as error:
        count = {"available_quantity": error.available}
        return Result(802, count, count)
    rows = [{**details.license_row(license), "meta_data": mirror.pairs(license.metadata)} for license in made]
    return Result(803, {"license_keys": rows}, {"licenses": lookups.mirrors(made), "count": len(made)})


def _recipient(actor: Actor, given: RandomAssign) -> str:
    """The address that the licenses go to. Raises Invalid."""
    if given.owner_email is None:
        raise required("owner_email")
    with owner_named():
        licenses.check_recipient(actor, given.owner_email, name=given.owner_name)
    return given.owner_email


def _lacks_generator(given: RandomAssign, product: Product) -> bool:
    return bool(given.generate or given.generator_id is not None) and _generator(given, product) is None


def _generator(given: RandomAssign, product: Product) -> Generator | None:
    """The named generator, or the product's first when everything is to be generated; an active one."""
    rows = Generator.objects.filter(product=product, status=Generator.Status.ACTIVE).select_related("product")
    if given.generator_id is not None:
        return rows.filter(**lookups.by(given.generator_id)).first()
    return rows.order_by("pk").first() if given.generate else None
