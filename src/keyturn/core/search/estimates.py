"""Cheap guesses at how much a listing matches: PostgreSQL's planner, on SQLite a sample."""

import math

from keyturn.core.search.listing import CAP, Listing
from keyturn.core.search.matching import Sql
from keyturn.core.search.statements import all_of, column_of, plan, rows_of, tested

# Rows looked at to compare search and filters, and how many of them make a term a common one.
_GUESSED, _FEW = 1000, 5


def estimate(listing: Listing) -> int:
    """How many rows PostgreSQL's planner expects. It knows LIKE better than the arrays of short pieces."""
    where, values = tested(listing)
    return int(plan((f"SELECT 1 FROM {listing.source} WHERE {where}", values))["Plan Rows"])


def sampled(listing: Listing, size: int) -> int | None:
    """How many of `size` evenly spread rows match; None when more than CAP of all rows surely do."""
    low, high = _ends(listing)
    ids = _sample(listing, size)
    if not ids:
        return 0
    where, values = tested(listing)
    (hits,) = column_of(f"SELECT count(*) FROM {listing.source} WHERE t.id IN ({ids}) AND {where}", values)
    # Where CAP rows match, so many hits more than expected come less than once in 10,000 times.
    expected = CAP * size / (high - low)
    return None if hits > expected + 5 * math.sqrt(expected) + 3 else int(hits)


def filters_are_narrower(listing: Listing) -> bool:
    """Whether the filters leave clearly fewer rows than the search, as far as a sample can tell."""
    ids = _sample(listing, _GUESSED)
    if not ids:
        return False

    def hits(condition: Sql) -> int:
        text, values = condition
        return int(column_of(f"SELECT count(*) FROM {listing.source} WHERE t.id IN ({ids}) AND ({text})", values)[0])

    found = hits(listing.test or ("1=1", []))
    return found > _FEW and 2 * hits(all_of([item.sql(hidden=True) for item in listing.filters])) < found


def cost(statement: Sql) -> float:
    """What PostgreSQL's planner thinks of `statement`."""
    return float(plan(statement)["Total Cost"])


def _sample(listing: Listing, size: int) -> str:
    """About `size` evenly spread ids with commas between; empty where the table is too small for that."""
    low, high = _ends(listing)
    return "" if high - low < 6 * max(CAP, size) else ",".join(map(str, range(low, high + 1, (high - low) // size)))


def _ends(listing: Listing) -> tuple[int, int]:
    # Asked apart: SQLite reads the whole table for both in one SELECT.
    ends = f"SELECT (SELECT min(id) FROM {listing.table}), (SELECT max(id) FROM {listing.table})"
    ((low, high),) = rows_of(ends, [])
    return low or 0, high or 0
