"""The list of activations: searched, filtered, sorted, cut into pages (ACT-06 to ACT-09)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from keyturn.access.actors import Actor
from keyturn.core import search as searching
from keyturn.core.search import Filter, Listing, Order, Page, Segment
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.search import ACTIVATIONS, LICENSES
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer

SOURCE = (
    "activations t LEFT JOIN licenses l ON l.id = t.license_id "
    "LEFT JOIN products p ON p.id = l.product_id LEFT JOIN customers c ON c.id = l.customer_id"
)
SORTS = ("license_key", "product", "device", "ip", "status", "activated", "verified")
_IP = re.compile(r"[0-9a-f]*[.:][0-9a-f.:]*|\d{1,3}")


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

    Only the default order follows an index; the other orders sort every match.
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
    scope = (Filter("environment", "=", actor.environment),)
    order = _order(sort, direction == "desc")
    filters = _filters(actor, asked)
    term = searching.clean_term(search)
    if not term:
        return Listing("activations", SOURCE, order, scope, filters)
    device, key = searching.matching(ACTIVATIONS, term), searching.matching(LICENSES, term)
    branches = [device.rows("t"), key.owners("t.license_id", "l")]
    tests = [device.test("t"), key.test("l")]
    if _IP.fullmatch(term):
        # The address changes with every verification, so it has no index: that would cost each of them.
        branches.append(("t.last_ip LIKE %s", [f"%{term}%"]))
        tests.append(branches[-1])
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
        filters.append(Filter("customer_id", "=", owner or 0, alias="l"))
    if asked.product:
        product = Product.objects.in_scope(actor).filter(uuid=asked.product).values_list("pk", flat=True).first()
        filters.append(Filter("product_id", "=", product or 0, alias="l"))
    if asked.activated_from:
        filters.append(Filter("activated_at", ">=", _midnight(asked.activated_from)))
    if asked.activated_to:
        filters.append(Filter("activated_at", "<", _midnight(asked.activated_to + timedelta(days=1))))
    return tuple(filters)


def _midnight(day: date) -> Any:
    return connection.ops.adapt_datetimefield_value(datetime.combine(day, time(), UTC))


def _order(sort: str, down: bool) -> Order:
    newest = (("t.activated_at", down), ("t.id", down))
    if sort == "ip":
        return Order((("(t.last_ip = '')", False), *((key, down) for key in _address()), *newest))
    if sort == "verified":
        return Order((("(t.last_verified_at IS NULL)", False), ("t.last_verified_at", down), *newest))
    keys = {"license_key": "l.license_key", "product": "lower(p.name)", "device": "t.identifier", "status": "t.status"}
    if sort in keys:
        return Order(((keys[sort], down), *newest))
    down = down or sort != "activated"
    turn = " DESC" if down else ""
    return Order(
        (("t.activated_at", down), ("t.id", down)),
        (Segment(f"t.activated_at{turn}, t.id{turn}"),),
        along=(frozenset({"license_id"}),),
    )


def _address() -> tuple[str, ...]:
    """Keys for addresses in the order of their numbers: IPv4 first, then the rest as text."""
    if connection.vendor == "postgresql":
        four = r"t.last_ip ~ '^\d{1,3}(\.\d{1,3}){3}$'"
        return f"(NOT {four})", f"(CASE WHEN {four} THEN string_to_array(t.last_ip, '.')::int[] END)", "t.last_ip"
    connection.ensure_connection()
    connection.connection.create_function("address_order", 1, _address_order, deterministic=True)
    return ("address_order(t.last_ip)",)


def _address_order(address: str) -> str:
    parts = address.split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts):
        return "4" + "".join(part.zfill(3) for part in parts)
    return "6" + address
