"""Pages of a log: rows in order of (at, id), found by an index whatever the filter, from any place on.

Every index of such a table begins with the environment or with a column of its own and goes on with
(at, id). A page is the merge of the first rows of each stretch: one for each environment and each way
in which a searched row may match. A page costs as much at the far end as at the start.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from keyturn.core.search.listing import CAP
from keyturn.core.search.matching import Sql
from keyturn.core.search.statements import column_of, rows_of

_DISTINCT: Final = 500


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL for one column. `alone`: its index does not begin with the environment."""

    sql: str
    values: tuple[object, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A row in the order of the log."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Newest:
    """What is asked for: rows of any of `environments` that meet all `filters` and any of `branches`."""

    table: str
    environments: tuple[str, ...]
    filters: tuple[Condition, ...] = ()
    branches: tuple[Condition, ...] = ()


def equals(column: str, value: object, *, unless: str = "", alone: bool = False) -> Condition:
    """`column` has `value`. `unless` is what the condition of its index excludes, as SQL."""
    # SQLite uses such an index only where the query repeats its condition.
    repeated = f" AND NOT ({unless})" if unless else ""
    return Condition(f"{column} = %s{repeated}", (value,), alone)


def starts(column: str, text: str) -> Condition:
    """`column` begins with `text`, by index on both engines."""
    if connection.vendor == "postgresql":
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return Condition(f"{column} LIKE %s", (f"{escaped}%",))
    return Condition(f"{column} >= %s AND {column} < %s", (text, f"{text}\U0010ffff"))


def uuid_value(uuid: UUID) -> object:
    """A UUID as a parameter for a column of that kind."""
    return uuid if connection.vendor == "postgresql" else uuid.hex


def between(start: datetime | None, end: datetime | None) -> tuple[Condition, ...]:
    """Rows from `start` on and before `end`; None leaves that side open."""
    ends = (("at >= %s", start), ("at < %s", end))
    return tuple(Condition(sql, (_moment(at),)) for sql, at in ends if at)


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
    parts = [(f"SELECT * FROM ({text} {order}) p{number}", values) for number, (text, values) in _stretches(asked)]
    return f"{' UNION '.join(text for text, _ in parts)} {order}", [value for _, values in parts for value in values]


def count(asked: Newest) -> tuple[int, bool]:
    """How many rows there are, counted up to 10,000; and whether there are more."""
    parts = [
        (f"SELECT id FROM ({text} LIMIT {CAP + 1}) p{number}", values) for number, (text, values) in _stretches(asked)
    ]
    found = " UNION ".join(text for text, _ in parts)
    (total,) = column_of(f"SELECT count(*) FROM ({found}) c", [value for _, values in parts for value in values])
    return min(total, CAP), total > CAP


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


def _stretches(asked: Newest) -> list[tuple[int, Sql]]:
    """SELECT of id and at for each environment and branch."""
    found = []
    for environment in asked.environments:
        for branch in asked.branches or (Condition("1=1"),):
            conditions = (*asked.filters, branch)
            # SQLite has no statistics: it must not prefer the environment to what is rarer.
            hidden = connection.vendor == "sqlite" and any(one.alone for one in conditions)
            where = " AND ".join(f"({one.sql})" for one in conditions)
            values = [environment, *(value for one in conditions for value in one.values)]
            text = f"SELECT id, at FROM {asked.table} WHERE {'+' if hidden else ''}environment = %s AND {where}"
            found.append((text, values))
    return list(enumerate(found))


def _moment(at: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(at)
