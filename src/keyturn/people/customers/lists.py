"""The list of customers: searched, filtered, sorted, cut into pages."""

from collections.abc import Iterator

from keyturn.core import search as searching
from keyturn.core.search import Filter, Listing, Order, Page, Segment
from keyturn.people.customers import sorting
from keyturn.people.customers.models import Customer
from keyturn.people.customers.search import CUSTOMERS

SORTS = ("name", "email", "joined")


def page(
    search: str = "",
    *,
    status: str = "",
    sort: str = "joined",
    direction: str = "desc",
    number: int = 1,
    per_page: int = 15,
) -> Page[Customer]:
    """One page of customers; unknown sorts mean the newest first, a page out of range the last."""
    found = searching.find(_listing(search, status, sort, direction), number, per_page)
    return found.page(Customer.objects.in_bulk(found.ids))


def matching_ids(search: str = "", *, status: str = "") -> list[int]:
    """The ids of all customers that the list shows over all its pages, in no order."""
    return searching.find_all(_listing(search, status, "joined", "desc"))


def stream(search: str = "", *, status: str = "") -> Iterator[Customer]:
    """All customers that the list shows over all its pages, oldest first, never many in memory."""
    for ids in searching.each(_listing(search, status, "joined", "asc")):
        yield from Customer.objects.filter(pk__in=ids).order_by("pk")


def _listing(search: str, status: str, sort: str, direction: str) -> Listing:
    filters: tuple[Filter, ...] = (Filter("status", "=", status),) if status else ()
    # Asked first, for the test costs time that lists without deleted customers need not spend.
    if Customer.objects.filter(erased_at__isnull=False).exists():
        filters += (Filter("erased_at", "IS", None),)
    order = _order(sort, direction)
    term = searching.clean_term(search)
    if not term:
        return Listing("customers", "customers t", order, filters=filters)
    match = searching.matching(CUSTOMERS, term)
    return Listing(
        "customers",
        "customers t",
        order,
        filters=filters,
        branches=(match.rows("t"),),
        test=match.test("t"),
        common=match.common,
    )


def _order(sort: str, direction: str) -> Order:
    down = direction == "desc"
    turn = " DESC" if down else ""
    if sort == "name":
        name = sorting.sql()
        return Order(
            (("(t.name = '')", False), (name, down), ("t.id", down)),
            (Segment(f"{name}{turn}, t.id{turn}", "t.name <> ''"), Segment(f"t.id{turn}", "t.name = ''")),
        )
    if sort == "email":
        return Order((("t.email", down), ("t.id", down)), (Segment(f"t.email{turn}, t.id{turn}"),))
    if sort != "joined":
        turn, down = " DESC", True
    return Order(
        (("t.joined_at", down), ("t.id", down)),
        (Segment(f"t.joined_at{turn}, t.id{turn}"),),
        (frozenset({"status"}),),
    )
