"""Pages of a log: rows in order of (at, id), found by an index whatever the filter, from any place on.

Every index of such a table begins with the environment or with a column of its own and ends with
(at, id). A page is the merge of the first rows of each stretch: one for each environment and each way
in which a searched row may match. A page costs as much at the far end as at the start.
Columns of few values stand in an index together; a filter by some of them merges the stretches of
all their combinations that there are, so that filters that share no row are as quick as others.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from keyturn.core.search.listing import CAP
from keyturn.core.search.matching import Sql
from keyturn.core.search.statements import column_of, rows_of
from keyturn.core.search.stretches import (
    Beginning,
    Branch,
    Combined,
    Condition,
    Newest,
    both,
    equals,
    known,
    starts,
    stretches,
)

__all__ = [
    "Beginning",
    "Branch",
    "Combined",
    "Condition",
    "Newest",
    "Place",
    "between",
    "both",
    "count",
    "distinct",
    "equals",
    "ordered",
    "page",
    "prepared",
    "starts",
    "statement",
    "uuid_value",
]

_DISTINCT: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A row in the order of the log."""

    at: datetime
    id: int


def uuid_value(uuid: UUID) -> object:
    """A UUID as a parameter for a column of that kind."""
    return uuid if connection.vendor == "postgresql" else uuid.hex


def between(start: datetime | None, end: datetime | None) -> tuple[Condition, ...]:
    """Rows from `start` on and before `end`; None leaves that side open."""
    ends = (("at >= %s", start), ("at < %s", end))
    return tuple(Condition(sql, (_moment(at),)) for sql, at in ends if at)


def prepared(asked: Newest) -> Newest:
    """The same with its combinations looked up, for those who ask more than once."""
    return replace(asked, branches=tuple(known(asked, branch) for branch in asked.branches))


def page(asked: Newest, size: int, *, down: bool, after: Place | None = None) -> list[int]:
    """Ids of the first `size` rows, or of those that follow `after`; `down` is newest first."""
    return column_of(*statement(asked, size, down=down, after=after))


def statement(asked: Newest, size: int, *, down: bool, after: Place | None = None) -> Sql:
    """The SQL of `page`: columns id and at."""
    turn, sign = ("DESC", "<") if down else ("ASC", ">")
    if after is not None:
        seek = Condition(f"(at, id) {sign} (%s, %s)", (_moment(after.at), after.id))
        asked = replace(asked, filters=(*asked.filters, seek))
    order = f"ORDER BY at {turn}, id {turn} LIMIT {size}"
    parts = stretches(asked)
    found = [f"SELECT * FROM ({text} {order}) p{number}" for number, (text, _) in enumerate(parts)]
    return f"{_merge(asked).join(found)} {order}", [value for _, values in parts for value in values]


def count(asked: Newest) -> tuple[int, bool]:
    """How many rows there are, counted up to 10,000; and whether there are more."""
    limit, parts = f"LIMIT {CAP + 1}", stretches(asked)
    found = [f"SELECT id FROM ({text} {limit}) p{number}" for number, (text, _) in enumerate(parts)]
    rows = f"SELECT count(*) FROM ({_merge(asked).join(found)} {limit}) c"
    (total,) = column_of(rows, [value for _, values in parts for value in values])
    return min(total, CAP), total > CAP


def ordered(asked: Newest, order: str, start: int, stop: int) -> list[int]:
    """Ids of rows `start` to `stop` of the newest 10,000 in another `order`, as SQL."""
    text, values = statement(asked, CAP, down=True)
    rows = f"SELECT id FROM {asked.table} WHERE id IN (SELECT id FROM ({text}) newest)"
    return column_of(f"{rows} ORDER BY {order} LIMIT {stop - start} OFFSET {start}", values)


def distinct(table: str, column: str, environments: tuple[str, ...], condition: str = "1=1") -> list[str]:
    """The different values of a column whose index begins with the environment; jumps from one to the next."""
    found = set[str]()
    for environment in environments:
        rows = f"FROM {table} WHERE environment = %s AND {condition}"
        found |= {
            value
            for (value,) in rows_of(
                f"WITH RECURSIVE each (v) AS (SELECT min({column}) {rows} UNION ALL "
                f"SELECT (SELECT min({column}) {rows} AND {column} > each.v) FROM each WHERE each.v IS NOT NULL) "
                f"SELECT v FROM each WHERE v IS NOT NULL LIMIT {_DISTINCT}",
                [environment, environment],
            )
        }
    return sorted(found)


def _merge(asked: Newest) -> str:
    # Rows of different environments and combinations are never the same; different ways to match may find one twice.
    return " UNION " if len(asked.branches) > 1 else " UNION ALL "


def _moment(at: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(at)
