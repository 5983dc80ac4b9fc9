"""The list of activations: searched, filtered, sorted, cut into pages (ACT-06 to ACT-09)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from keyturn.access.actors import Actor
from keyturn.access.scope import Environment
from keyturn.core import search as searching
from keyturn.core.search import Filter, Listing, Order, Page
from keyturn.licensing.licenses import device_orders as orders_of
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.search import ACTIVATIONS, LICENSES
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer

SOURCE = "activations t LEFT JOIN licenses l ON l.id = t.license_id"
SORTS = ("license_key", "product", "device", "ip", "status", "activated", "verified")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list; unset fields do not. Days are whole days in UTC, both ends included."""

    product: UUID | None = None
    status: str = ""
    customer: UUID | None = None
    license: UUID | None = None
    activated_from: date | None = None
    activated_to: date | None = None


NO_FILTERS = Filters()
_OWNED = "(SELECT o.id FROM licenses o WHERE o.customer_id = %s AND o.environment = '{}')"


def page(
    actor: Actor,
    search: str = "",
    filters: Filters = NO_FILTERS,
    *,
    sort: str = "activated",
    direction: str = "desc",
    number: int = 1,
    per_page: int = 15,
) -> Page[Activation]:
    """One page of the activations in the actor's environment, with license, product and customer loaded.

    Every order follows an index; devices without an address, and those never verified, come last in
    both directions of those orders.
    """
    found = searching.find(_listing(actor, search, filters, sort, direction), number, per_page)
    return found.page(
        Activation.objects.select_related("license__product", "license__customer").in_bulk(found.ids),
    )


def stream(actor: Actor, search: str = "", filters: Filters = NO_FILTERS) -> Iterator[Activation]:
    """All activations that the list shows over all its pages, oldest first, never many in memory."""
    for ids in searching.each(_listing(actor, search, filters, "activated", "asc")):
        rows = Activation.objects.select_related("license__product", "license__customer")
        yield from rows.filter(pk__in=ids).order_by("pk")


def _listing(actor: Actor, search: str, asked: Filters, sort: str, direction: str) -> Listing:
    # Licenses are found in the environment; named beside them it would draw SQLite to a wider index.
    narrow = asked.license or asked.customer
    scope = () if narrow else (Filter("environment", "=", actor.environment),)
    order = _order(actor, asked, sort, direction == "desc")
    filters = _filters(actor, asked)
    term = searching.clean_term(search)
    if not term:
        return Listing("activations", SOURCE, order, scope, filters)
    device, key = searching.matching(ACTIVATIONS, term), searching.matching(LICENSES, term)
    branches = [device.rows("t"), key.owners("t.license_id", "l")]
    tests = [device.test("t"), key.test("l")]
    return Listing(
        "activations",
        SOURCE,
        order,
        scope,
        filters,
        tuple(branches),
        (" OR ".join(f"({text})" for text, _ in tests), [value for _, values in tests for value in values]),
        device.common or key.common,
    )


def _filters(actor: Actor, asked: Filters) -> tuple[Filter, ...]:
    filters = [Filter("status", "=", asked.status)] if asked.status else []
    if asked.license:
        license = License.objects.in_scope(actor).filter(uuid=asked.license).values_list("pk", flat=True).first()
        filters.append(Filter("license_id", "=", license or 0))
    if asked.customer:
        owner = Customer.objects.filter(uuid=asked.customer).values_list("pk", flat=True).first()
        filters.append(Filter("license_id", "IN", owner or 0, operand=_OWNED.format(Environment(actor.environment))))
    if asked.product:
        product = Product.objects.in_scope(actor).filter(uuid=asked.product).values_list("pk", flat=True).first()
        filters.append(Filter("product_id", "=", product or 0))
    if asked.activated_from:
        filters.append(Filter("activated_at", ">=", _midnight(asked.activated_from)))
    if asked.activated_to:
        filters.append(Filter("activated_at", "<", _midnight(asked.activated_to + timedelta(days=1))))
    return tuple(filters)


def _midnight(day: date) -> Any:
    return connection.ops.adapt_datetimefield_value(datetime.combine(day, time(), UTC))


def _order(actor: Actor, asked: Filters, sort: str, down: bool) -> Order:
    products = Product.objects.in_scope(actor).values_list("id", "name", "uuid") if sort == "product" else []
    named = sorted(products, key=lambda row: (row[1].lower(), row[0]))
    orders: dict[str, Callable[[], Order]] = {
        "license_key": lambda: orders_of.by_key(down),
        "product": lambda: orders_of.by_product(down, [pk for pk, _, uuid in named if asked.product in (None, uuid)]),
        "device": lambda: orders_of.by_identifier(down),
        "ip": lambda: orders_of.by_address(down),
        "status": lambda: orders_of.by_status(down, asked.status),
        "verified": lambda: orders_of.by_verification(down),
        "activated": lambda: orders_of.by_activation(down),
    }
    return orders.get(sort, lambda: orders_of.by_activation(True))()
