"""One page of a list of any size, in bounded time.

Two ways to a page, and a cheap question that chooses between them. *Gather*: select every match by
index, sort, cut; right for few matches. *Walk*: follow an index in the order of the list and test
each row until the page is full; right for many. A walk gives up after a fixed number of rows
(matches may all lie at the far end of the order) and gathering takes over.
"""

from collections.abc import Iterator

from django.db import connection

from keyturn.core.search.estimates import cost, estimate, filters_are_narrower, sampled
from keyturn.core.search.listing import CAP, Found, Listing
from keyturn.core.search.matching import Sql
from keyturn.core.search.statements import all_of, column_of, rows_of, tested

# Above this estimate the planner is hardly so wrong that fewer than CAP rows match.
_MANY = 16_000
_WALK = 15_000


def find(listing: Listing, page: int, size: int) -> Found:
    """Page `page` of `size` rows; a page out of range becomes the last one.

    Only the first 10,000 rows can be paged through: beyond them one searches, or turns the order.
    """
    if not _many(listing):
        # SQLite has no estimates: gathering itself finds out when there is too much to gather.
        most = CAP * len(listing.branches) if connection.vendor == "sqlite" else 0
        found = _gather(listing, page, size, most)
        if found is not None:
            return found
    near = max(1, min(page, _pages(CAP, size)))
    ids = _walk(listing, min(near * size, CAP))
    if ids is not None:
        return Found(ids[(near - 1) * size :], CAP, True, near, _pages(CAP, size))
    found = _gather(listing, page, size, 0)
    assert found is not None
    return found


def find_all(listing: Listing) -> list[int]:
    """The ids of every match, in no order."""
    return column_of(*_matches(listing, "t.id"))


def each(listing: Listing, size: int = 1000) -> Iterator[list[int]]:
    """The ids of every match by ascending id, `size` at a time; memory does not grow with the table."""
    if not _many(listing):
        few = sorted(find_all(listing))
        yield from (few[start : start + size] for start in range(0, len(few), size))
        return
    where, values = tested(listing)
    ids = [0]
    while ids:
        ids = column_of(
            f"SELECT t.id FROM {listing.source} WHERE t.id > %s AND {where} ORDER BY t.id LIMIT {size}",
            [ids[-1], *values],
        )
        if ids:
            yield ids


def _many(listing: Listing) -> bool:
    """Whether more than CAP rows match, as far as that can be told quickly."""
    # Counting up to CAP may itself pass over very many rows that only some filters let through.
    if connection.vendor == "postgresql" and (listing.test or listing.filters) and estimate(listing) > _MANY:
        return True
    if connection.vendor == "sqlite" and (listing.test or listing.filters):
        # A row in 400 first; where that finds something but not plenty, ten times as many.
        if (hits := sampled(listing, 400)) is None:
            return True
        if hits and sampled(listing, 4000) is None:
            return True
    if listing.test:
        return False
    statement, values = _matches(listing, "1")
    (counted,) = column_of(f"SELECT count(*) FROM ({statement} LIMIT {CAP + 1}) m", values)
    return bool(counted > CAP)


def _walk(listing: Listing, upto: int) -> list[int] | None:
    """The first `upto` matches in order, or None when there are fewer or the walk became too long."""
    used = {item.column for item in listing.filters}
    left = next((columns for columns in listing.order.along if columns & used), frozenset())
    along = [*listing.scope, *(item for item in listing.filters if item.column in left)]
    aside = [item.sql(hidden=True) for item in listing.filters if item.column not in left]
    tests = [*aside, *([listing.test] if listing.test else [])]
    test, test_values = all_of(tests)
    budget = _WALK if tests else upto
    ids: list[int] = []
    for segment in listing.order.segments:
        where, values = all_of([*([(segment.where, [])] if segment.where else []), *(item.sql() for item in along)])
        rows = f"FROM {segment.source or listing.source} WHERE {where}"
        ids += column_of(
            f"SELECT w.id FROM (SELECT t.id, {test} AS ok {rows} ORDER BY {segment.by} LIMIT {budget}) w "
            f"WHERE w.ok LIMIT {upto - len(ids)}",
            [*test_values, *values],
        )
        if len(ids) >= upto:
            return ids
        if tests and column_of(f"SELECT count(*) FROM (SELECT 1 {rows} LIMIT {budget}) m", values) == [budget]:
            return None
    return None


def _gather(listing: Listing, page: int, size: int, most: int) -> Found | None:
    """Every match, sorted and cut; None when there are more than `most` (0: no limit)."""
    skipped = (max(page, 1) - 1) * size
    keys = ", ".join(f"{sql} AS k{number}" for number, (sql, _) in enumerate(listing.order.keys))
    by = ", ".join(f"k{number}{' DESC' if down else ''}" for number, (_, down) in enumerate(listing.order.keys))
    matches, values = _matches(listing, f"t.id, {keys}", "UNION ALL" if most else "UNION")
    if most:
        # A row stands there once per branch at most.
        matches = f"SELECT DISTINCT * FROM ({matches} LIMIT {most + 1}) a"
    rows = rows_of(
        f"WITH m AS MATERIALIZED ({matches}) "
        f"SELECT id, (SELECT count(*) FROM m) FROM m ORDER BY {by} LIMIT %s OFFSET %s",
        [*values, max(0, min(size, CAP - skipped)), skipped],
    )
    total = rows[0][1] if rows else 0
    if not rows and page > 1:
        (total,) = column_of(f"SELECT count(*) FROM ({matches}) m", values)
    if most and total > CAP:
        return None
    if page > _pages(total, size):
        return _gather(listing, _pages(total, size), size, most)
    return Found([row[0] for row in rows], min(total, CAP), total > CAP, max(page, 1), _pages(total, size))


def _pages(total: int, size: int) -> int:
    return max(1, -(-min(total, CAP) // size))


def _matches(listing: Listing, columns: str, union: str = "UNION") -> Sql:
    """SELECT of `columns` for every match; UNION ALL may repeat a row, once per branch."""
    searched = bool(listing.branches) and not listing.common
    filters = [item.sql(hidden=searched) for item in (*listing.scope, *listing.filters)]
    parts = [
        (f"SELECT {columns} FROM {listing.source} WHERE {where}", values)
        for where, values in (all_of([*filters, branch]) for branch in listing.branches or (("1=1", []),))
    ]
    found = f" {union} ".join(text for text, _ in parts), [value for _, values in parts for value in values]
    if searched and listing.filters:
        # A narrow filter beats the search's own indexes when the term is common.
        where, values = all_of(
            [*(item.sql() for item in (*listing.scope, *listing.filters)), listing.test or ("1=1", [])]
        )
        tested = (f"SELECT {columns} FROM {listing.source} WHERE {where}", values)
        if connection.vendor == "postgresql":
            return min(found, tested, key=cost)
        return tested if filters_are_narrower(listing) else found
    return found
