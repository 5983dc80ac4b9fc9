"""SQL of a listing put together, and asked."""

from typing import Any

from django.db import connection

from keyturn.core.search.listing import Listing
from keyturn.core.search.matching import Sql


def tested(listing: Listing) -> Sql:
    """The condition that one row must meet, without any index of the search or the filters."""
    filters = [item.sql(hidden=True) for item in (*listing.scope, *listing.filters)]
    return all_of([*filters, *([listing.test] if listing.test else [])])


def all_of(conditions: list[Sql]) -> Sql:
    """One condition out of many; true where there are none."""
    text = " AND ".join(f"({text})" for text, _ in conditions) or "(1=1)"
    return text, [value for _, values in conditions for value in values]


def rows_of(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """Every row that `statement` answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def column_of(statement: str, values: list[Any]) -> list[Any]:
    """The first column of what `statement` answers."""
    return [row[0] for row in rows_of(statement, values)]


def plan(statement: Sql) -> dict[str, Any]:
    """What PostgreSQL expects of `statement`."""
    ((plan,),) = rows_of(f"EXPLAIN (FORMAT JSON) {statement[0]}", statement[1])
    return dict(plan[0]["Plan"])
