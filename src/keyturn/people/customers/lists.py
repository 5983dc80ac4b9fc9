"""The list of customers: searched, filtered, sorted, cut into pages."""

from dataclasses import dataclass

from keyturn.core import search as searching
from keyturn.core.search import Filter, Listing, Order, Segment
from keyturn.people.customers.models import Customer
from keyturn.people.customers.search import CUSTOMERS

SORTS = ("name", "email", "joined")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order; `total` counts to 10,000 and is `capped` when there are more; pages from 1."""

    rows: list[Customer]
    total: int
    capped: bool
    page: int
    pages: int


def page(
    search: str = "",
    *,
    status: str = "",
    sort: str = "joined",
    direction: str = "desc",
    page: int = 1,
    per_page: int = 15,
) -> Page:
    """One page of customers; unknown sorts mean the newest first, a page out of range the last."""
    found = searching.find(_listing(search, status, sort, direction), page, per_page)
    by_id = Customer.objects.in_bulk(found.ids)
    # A customer erased between the two statements is simply not shown.
    rows = [by_id[key] for key in found.ids if key in by_id]
    return Page(rows, found.total, found.capped, found.page, found.pages)


def matching_ids(search: str = "", *, status: str = "") -> list[int]:
    """The ids of all customers that the list shows over all its pages, in no order."""
    return searching.find_all(_listing(search, status, "joined", "desc"))


def _listing(search: str, status: str, sort: str, direction: str) -> Listing:
    filters = (Filter("status", "=", status),) if status else ()
    order = _order(sort, direction)
    term = searching.clean_term(search)
    if not term:
        return Listing("customers", "customers t", order, filters)
    match = searching.matching(CUSTOMERS, term)
    return Listing("customers", "customers t", order, filters, (match.rows("t"),), match.test("t"), match.common)


def _order(sort: str, direction: str) -> Order:
    down = direction == "desc"
    turn = " DESC" if down else ""
    if sort == "name":
        return Order(
            (("(t.name = '')", False), ("lower(t.name)", down), ("t.id", down)),
            (Segment(f"lower(t.name){turn}, t.id{turn}", "t.name <> ''"), Segment(f"t.id{turn}", "t.name = ''")),
        )
    if sort == "email":
        return Order((("t.email", down), ("t.id", down)), (Segment(f"t.email{turn}, t.id{turn}"),))
    if sort != "joined":
        turn, down = " DESC", True
    return Order(
        (("t.joined_at", down), ("t.id", down)),
        (Segment(f"t.joined_at{turn}, t.id{turn}"),),
        frozenset({"status"}),
    )
