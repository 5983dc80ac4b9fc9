"""One page of a list of any size, in bounded time.

Two ways to a page, and a cheap question that chooses between them. *Gather*: select every match by
index, sort, cut; right for few matches. *Walk*: follow an index in the order of the list and test
each row until the page is full; right for many. A walk gives up after a fixed number of rows
(matches may all lie at the far end of the order) and gathering takes over.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection

from keyturn.core.search.matching import Sql

T = TypeVar("T")
CAP = 10_000
# Above this estimate the planner is hardly so wrong that fewer than CAP rows match.
_MANY = 16_000
_WALK = 15_000
# Rows looked at to compare search and filters, and how many of them make a term a common one.
_GUESSED, _FEW = 1000, 5


@dataclass(frozen=True, slots=True)
class Filter:
    """`column operator operand` on the listed table, or on one joined as `alias`; `value` fills the operand."""

    column: str
    operator: str
    value: Any
    alias: str = "t"
    operand: str = "%s"

    def sql(self, hidden: bool = False) -> Sql:
        """The condition; `hidden` keeps SQLite, which has no statistics, from choosing its index."""
        plus = "+" if hidden and connection.vendor == "sqlite" else ""
        return f"{plus}{self.alias}.{self.column} {self.operator} {self.operand}", [self.value]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an order that one index serves: its rows, and how they are ordered."""

    by: str
    where: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """`keys` are (SQL, descending) and end in a unique one; `segments` give the same order by index.

    Without segments every match is sorted. `along`: sets of filtered columns for which an index gives
    the same order; the first set in use is left to the index, other filters are tested row by row.
    """

    keys: tuple[tuple[str, bool], ...]
    segments: tuple[Segment, ...] = ()
    along: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked for. `source` is SQL for FROM in which the listed table is `t`; every index that
    orders it begins with the columns of `scope`.

    `branches` are the conditions (any of them) that select the searched rows by index, `test` is the
    same for one row; both are empty without a search. `common`: the term is known to be so.
    """

    table: str
    source: str
    order: Order
    scope: tuple[Filter, ...] = ()
    filters: tuple[Filter, ...] = ()
    branches: tuple[Sql, ...] = ()
    test: Sql | None = None
    common: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of one page in order; `total` is CAP when `capped`, for there are more; pages from 1."""

    ids: list[int]
    total: int
    capped: bool
    number: int
    pages: int

    def page(self, rows: Mapping[int, T]) -> "Page[T]":
        """The same page with its rows, out of `rows` by id; one deleted meanwhile is not shown."""
        return Page([rows[key] for key in self.ids if key in rows], self.total, self.capped, self.number, self.pages)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of page `number` in order; the rest as in Found."""

    rows: list[T]
    total: int
    capped: bool
    number: int
    pages: int


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
    return _column(*_matches(listing, "t.id"))


def each(listing: Listing, size: int = 1000) -> Iterator[list[int]]:
    """The ids of every match by ascending id, `size` at a time; memory does not grow with the table."""
    if not _many(listing):
        few = sorted(find_all(listing))
        yield from (few[start : start + size] for start in range(0, len(few), size))
        return
    where, values = _tested(listing)
    ids = [0]
    while ids:
        ids = _column(
            f"SELECT t.id FROM {listing.source} WHERE t.id > %s AND {where} ORDER BY t.id LIMIT {size}",
            [ids[-1], *values],
        )
        if ids:
            yield ids


def _many(listing: Listing) -> bool:
    """Whether more than CAP rows match, as far as that can be told quickly."""
    # Counting up to CAP may itself pass over very many rows that only some filters let through.
    if connection.vendor == "postgresql" and (listing.test or listing.filters) and _estimate(listing) > _MANY:
        return True
    if connection.vendor == "sqlite" and (listing.test or listing.filters):
        # A row in 400 first; where that finds something but not plenty, ten times as many.
        if (hits := _sampled(listing, 400)) is None:
            return True
        if hits and _sampled(listing, 4000) is None:
            return True
    if listing.test:
        return False
    statement, values = _matches(listing, "1")
    (counted,) = _column(f"SELECT count(*) FROM ({statement} LIMIT {CAP + 1}) m", values)
    return bool(counted > CAP)


def _estimate(listing: Listing) -> int:
    """How many rows the planner expects. It knows LIKE better than the arrays of short pieces."""
    where, values = _tested(listing)
    return int(_plan((f"SELECT 1 FROM {listing.source} WHERE {where}", values))["Plan Rows"])


def _plan(statement: Sql) -> dict[str, Any]:
    ((plan,),) = _rows(f"EXPLAIN (FORMAT JSON) {statement[0]}", statement[1])
    return dict(plan[0]["Plan"])


def _sampled(listing: Listing, size: int) -> int | None:
    """How many of `size` evenly spread rows match; None when more than CAP of all rows surely do."""
    low, high = _ends(listing)
    ids = _sample(listing, size)
    if not ids:
        return 0
    where, values = _tested(listing)
    (hits,) = _column(f"SELECT count(*) FROM {listing.source} WHERE t.id IN ({ids}) AND {where}", values)
    # Where CAP rows match, so many hits more than expected come less than once in 10,000 times.
    expected = CAP * size / (high - low)
    return None if hits > expected + 5 * math.sqrt(expected) + 3 else int(hits)


def _sample(listing: Listing, size: int) -> str:
    """About `size` evenly spread ids with commas between; empty where the table is too small for that."""
    low, high = _ends(listing)
    return "" if high - low < 6 * max(CAP, size) else ",".join(map(str, range(low, high + 1, (high - low) // size)))


def _ends(listing: Listing) -> tuple[int, int]:
    # Asked apart: SQLite reads the whole table for both in one SELECT.
    ends = f"SELECT (SELECT min(id) FROM {listing.table}), (SELECT max(id) FROM {listing.table})"
    ((low, high),) = _rows(ends, [])
    return low or 0, high or 0


def _walk(listing: Listing, upto: int) -> list[int] | None:
    """The first `upto` matches in order, or None when there are fewer or the walk became too long."""
    used = {item.column for item in listing.filters}
    left = next((columns for columns in listing.order.along if columns & used), frozenset())
    along = [*listing.scope, *(item for item in listing.filters if item.column in left)]
    aside = [item.sql(hidden=True) for item in listing.filters if item.column not in left]
    tests = [*aside, *([listing.test] if listing.test else [])]
    test, test_values = _all(tests)
    budget = _WALK if tests else upto
    ids: list[int] = []
    for segment in listing.order.segments:
        where, values = _all([*([(segment.where, [])] if segment.where else []), *(item.sql() for item in along)])
        rows = f"FROM {segment.source or listing.source} WHERE {where}"
        ids += _column(
            f"SELECT w.id FROM (SELECT t.id, {test} AS ok {rows} ORDER BY {segment.by} LIMIT {budget}) w "
            f"WHERE w.ok LIMIT {upto - len(ids)}",
            [*test_values, *values],
        )
        if len(ids) >= upto:
            return ids
        if tests and _column(f"SELECT count(*) FROM (SELECT 1 {rows} LIMIT {budget}) m", values) == [budget]:
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
    rows = _rows(
        f"WITH m AS MATERIALIZED ({matches}) "
        f"SELECT id, (SELECT count(*) FROM m) FROM m ORDER BY {by} LIMIT %s OFFSET %s",
        [*values, max(0, min(size, CAP - skipped)), skipped],
    )
    total = rows[0][1] if rows else 0
    if not rows and page > 1:
        (total,) = _column(f"SELECT count(*) FROM ({matches}) m", values)
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
        for where, values in (_all([*filters, branch]) for branch in listing.branches or (("1=1", []),))
    ]
    found = f" {union} ".join(text for text, _ in parts), [value for _, values in parts for value in values]
    if searched and listing.filters:
        # A narrow filter beats the search's own indexes when the term is common.
        where, values = _all(
            [*(item.sql() for item in (*listing.scope, *listing.filters)), listing.test or ("1=1", [])]
        )
        tested = (f"SELECT {columns} FROM {listing.source} WHERE {where}", values)
        if connection.vendor == "postgresql":
            return min(found, tested, key=_cost)
        return tested if _filters_are_narrower(listing) else found
    return found


def _filters_are_narrower(listing: Listing) -> bool:
    """Whether the filters leave clearly fewer rows than the search, as far as a sample can tell."""
    ids = _sample(listing, _GUESSED)
    if not ids:
        return False

    def hits(condition: Sql) -> int:
        text, values = condition
        return int(_column(f"SELECT count(*) FROM {listing.source} WHERE t.id IN ({ids}) AND ({text})", values)[0])

    found = hits(listing.test or ("1=1", []))
    return found > _FEW and 2 * hits(_all([item.sql(hidden=True) for item in listing.filters])) < found


def _cost(statement: Sql) -> float:
    return float(_plan(statement)["Total Cost"])


def _tested(listing: Listing) -> Sql:
    filters = [item.sql(hidden=True) for item in (*listing.scope, *listing.filters)]
    return _all([*filters, *([listing.test] if listing.test else [])])


def _all(conditions: list[Sql]) -> Sql:
    text = " AND ".join(f"({text})" for text, _ in conditions) or "(1=1)"
    return text, [value for _, values in conditions for value in values]


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _column(statement: str, values: list[Any]) -> list[Any]:
    return [row[0] for row in _rows(statement, values)]
