"""The list of licenses: searched, filtered, sorted, cut into pages (LIC-01 to LIC-06)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count

from keyturn.access.actors import Actor
from keyturn.core import search as searching
from keyturn.core.clock import now
from keyturn.core.search import Filter, Listing, Order, Page
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import orders
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.search import LICENSES
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.people.customers.search import CUSTOMERS

SOURCE = "licenses t LEFT JOIN customers c ON c.id = t.customer_id"
SORTS = ("license_key", "product", "customer", "status", "limit", "expires", "created")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list; unset fields do not. Days are whole days in UTC, both ends included.

    `in_use`: assigned or active, as the renewal desk counts.
    """

    product: UUID | None = None
    status: str = ""
    source: str = ""
    customer: UUID | None = None
    expires_from: date | None = None
    expires_to: date | None = None
    generator: UUID | None = None
    in_use: bool = False

    @classmethod
    def expiring(cls, days: int, **others: Any) -> "Filters":
        """The preset "next `days` days", beside other filters."""
        today = now().astimezone(UTC).date()
        return cls(expires_from=today, expires_to=today + timedelta(days=days), **others)


NO_FILTERS = Filters()


def page(
    actor: Actor,
    search: str = "",
    filters: Filters = NO_FILTERS,
    *,
    sort: str = "created",
    direction: str = "desc",
    number: int = 1,
    per_page: int = 15,
) -> Page[License]:
    """One page of the licenses in the actor's environment, with product and customer loaded.

    Unknown sorts mean the newest first, a page out of range the last. Licenses that never expire and
    those without a customer come last in both directions of those orders.
    """
    found = searching.find(_listing(actor, search, filters, sort, direction), number, per_page)
    return found.page(License.objects.select_related("product", "customer").in_bulk(found.ids))


def matching_ids(actor: Actor, search: str = "", filters: Filters = NO_FILTERS) -> list[int]:
    """The ids of all licenses that the list shows over all its pages, in no order."""
    return searching.find_all(_listing(actor, search, filters, "created", "desc"))


def stream(actor: Actor, search: str = "", filters: Filters = NO_FILTERS) -> Iterator[License]:
    """All licenses that the list shows over all its pages, oldest first, never many in memory (LIC-09)."""
    for ids in searching.each(_listing(actor, search, filters, "created", "asc")):
        yield from License.objects.select_related("product", "customer").filter(pk__in=ids).order_by("pk")


def counts_by_customer(customers: list[Customer]) -> dict[int, int]:
    """How many licenses, in every state and environment, each of `customers` owns, by its id."""
    counted = License.objects.filter(customer__in=customers).values_list("customer").annotate(Count("pk")).order_by()
    return dict.fromkeys((customer.pk for customer in customers), 0) | dict(counted)


def _listing(actor: Actor, search: str, asked: Filters, sort: str, direction: str) -> Listing:
    products = sorted(
        Product.objects.in_scope(actor).values_list("id", "name", "uuid"), key=lambda row: (row[1].lower(), row[0])
    )
    filters = _filters(asked, {uuid: key for key, _, uuid in products})
    wanted = [key for key, _, uuid in products if asked.product in (None, uuid)]
    order = _order(sort, direction == "desc", wanted, asked.status)
    scope = (Filter("environment", "=", actor.environment),)
    term = searching.clean_term(search)
    if not term:
        return Listing("licenses", SOURCE, order, scope, filters)
    own, owner = searching.matching(LICENSES, term), searching.matching(CUSTOMERS, term)
    branches = [own.rows("t"), owner.owners("t.customer_id", "c")]
    tests = [own.test("t"), owner.test("c")]
    named = ", ".join(str(key) for key, name, _ in products if term in searching.fold(name))
    if named:
        branches.append((f"t.product_id IN ({named})", []))
        tests.append(branches[-1])
    return Listing(
        "licenses",
        SOURCE,
        order,
        scope,
        filters,
        tuple(branches),
        (" OR ".join(f"({text})" for text, _ in tests), [value for _, values in tests for value in values]),
        own.common or owner.common,
    )


def _filters(asked: Filters, products: dict[UUID, int]) -> tuple[Filter, ...]:
    filters = []
    if asked.product:
        filters.append(Filter("product_id", "=", products.get(asked.product, 0)))
    if asked.customer:
        owner = Customer.objects.filter(uuid=asked.customer).values_list("pk", flat=True).first()
        filters.append(Filter("customer_id", "=", owner or 0))
    if asked.status:
        filters.append(Filter("status", "=", asked.status))
    if asked.in_use:
        filters.append(Filter("status", "IN", Status.ASSIGNED.value, operand=f"(%s, '{Status.ACTIVE.value}')"))
    if asked.generator:
        maker = Generator.objects.filter(uuid=asked.generator).values_list("pk", flat=True).first()
        filters.append(Filter("generator_id", "=", maker or 0))
    if asked.source:
        filters.append(Filter("source", "=", asked.source))
    if asked.expires_from:
        filters.append(Filter("expires_at", ">=", _midnight(asked.expires_from)))
    if asked.expires_to:
        filters.append(Filter("expires_at", "<", _midnight(asked.expires_to + timedelta(days=1))))
    return tuple(filters)


def _midnight(day: date) -> Any:
    return connection.ops.adapt_datetimefield_value(datetime.combine(day, time(), UTC))


def _order(sort: str, down: bool, products: list[int], status: str) -> Order:
    if sort == "product":
        return orders.by_product(down, products)
    if sort == "status":
        return orders.by_status(down, status)
    plain = {
        "license_key": orders.by_key,
        "customer": orders.by_customer,
        "limit": orders.by_limit,
        "expires": orders.by_expiry,
        "created": orders.by_creation,
    }
    return plain[sort](down) if sort in plain else orders.by_creation(True)
