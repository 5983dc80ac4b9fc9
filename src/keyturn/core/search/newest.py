"""Pages of a log: rows in order of (at, id), found by an index whatever the filter, from any place on.

Every index of such a table begins with the environment or with a column of its own and ends with
(at, id). A page is the merge of the first rows of each stretch: one for each environment and each way
in which a searched row may match. A page costs as much at the far end as at the start.
Columns of few values stand in an index together; a filter by some of them merges the stretches of
all their combinations that there are, so that filters that share no row are as quick as others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, overload
from uuid import UUID

from django.db import connection

from keyturn.core.search.listing import CAP
from keyturn.core.search.matching import Sql
from keyturn.core.search.statements import column_of, rows_of

_DISTINCT: Final = 500
# SQLite merges no more than 500 SELECTs.
_COMBINED: Final = 200


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL for one column. `alone`: its index does not begin with the environment."""

    sql: str
    values: tuple[object, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """Rows that have any of the values `chosen` for a column.

    `columns` are those between the environment and `at` in one index; `lead` is what it begins with, if not
    with the environment. `there`: environments and values of all columns, wherever there are such rows.
    """

    columns: tuple[str, ...]
    chosen: Mapping[str, tuple[object, ...]]
    lead: Condition | None = None
    there: tuple[tuple[Any, ...], ...] | None = None

    def plain(self) -> Condition:
        """The same for a search that has an index of its own."""
        # Hidden from SQLite, which would take the index that equals more columns, however many rows they share.
        hidden = "+" if connection.vendor == "sqlite" else ""
        parts = [_any(f"{hidden}{column}", values) for column, values in self.chosen.items()]
        parts += [self.lead] if self.lead else []
        text, values = " AND ".join(f"({one.sql})" for one in parts), tuple(v for one in parts for v in one.values)
        return Condition(text or "1=1", values, alone=self.lead is not None)


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
    branches: tuple[Condition | Combined, ...] = ()


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


def prepared(asked: Newest) -> Newest:
    """The same with its combinations looked up, for those who ask more than once."""
    return replace(asked, branches=tuple(_known(asked, branch) for branch in asked.branches))


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
    parts = _stretches(asked)
    found = [f"SELECT * FROM ({text} {order}) p{number}" for number, (text, _) in enumerate(parts)]
    return f"{_merge(asked).join(found)} {order}", [value for _, values in parts for value in values]


def count(asked: Newest) -> tuple[int, bool]:
    """How many rows there are, counted up to 10,000; and whether there are more."""
    limit, parts = f"LIMIT {CAP + 1}", _stretches(asked)
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


def _stretches(asked: Newest) -> list[Sql]:
    """SELECT of id and at for each environment and branch, and of each combination of values."""
    found = []
    for branch in asked.branches or (Condition("1=1"),):
        for environments, condition in _parts(asked, branch):
            conditions = (*asked.filters, condition)
            # SQLite has no statistics: it must not prefer the environment to what is rarer.
            hidden = "+" if connection.vendor == "sqlite" and any(one.alone for one in conditions) else ""
            where = " AND ".join(f"({one.sql})" for one in (_any(f"{hidden}environment", environments), *conditions))
            values = [*environments, *(value for one in conditions for value in one.values)]
            found.append((f"SELECT id, at FROM {asked.table} WHERE {where}", values))
    # None of the combinations exists.
    return found or [(f"SELECT id, at FROM {asked.table} WHERE 1=0", [])]


def _parts(asked: Newest, branch: Condition | Combined) -> Iterator[tuple[tuple[str, ...], Condition]]:
    there = () if isinstance(branch, Condition) else _known(asked, branch).there or ()
    if isinstance(branch, Condition) or len(there) > _COMBINED:
        condition = branch if isinstance(branch, Condition) else branch.plain()
        # What has an index without the environment is read once for all of them.
        each = [asked.environments] if condition.alone else [(one,) for one in asked.environments]
        yield from ((environments, condition) for environments in each)
        return
    lead, values = (branch.lead.sql, branch.lead.values) if branch.lead else ("1=1", ())
    text = " AND ".join([lead, *(f"{column} = %s" for column in branch.columns)])
    yield from (((environment,), Condition(text, (*values, *rest))) for environment, *rest in there)


@overload
def _known(asked: Newest, branch: Combined) -> Combined: ...
@overload
def _known(asked: Newest, branch: Condition | Combined) -> Condition | Combined: ...
def _known(asked: Newest, branch: Condition | Combined) -> Condition | Combined:
    if isinstance(branch, Condition) or branch.there is not None:
        return branch
    return replace(branch, there=tuple(_combinations(asked, branch)))


def _combinations(asked: Newest, wanted: Combined) -> list[tuple[Any, ...]]:
    """Environment and a value of each column, wherever there is such a row; jumps from one to the next."""
    steps, values = [f"c0 (environment) AS ({_values(len(asked.environments))})"], list[object](asked.environments)
    lead = wanted.lead or Condition("1=1")
    known: tuple[str, ...] = ("environment",)
    for depth, column in enumerate(wanted.columns):
        chosen = wanted.chosen.get(column, ())
        before, this = f"c{depth}", f"c{depth + 1}"
        columns = ", ".join(known)
        rows = f"FROM {asked.table} t WHERE {lead.sql}"
        same = "".join(f" AND t.{one} = {{0}}.{one}" for one in known)
        if chosen:
            steps.append(f"v{depth} (v) AS ({_values(len(chosen))})")
            # Not EXISTS, which PostgreSQL would join with the whole index.
            there = f"SELECT t.{column} {rows}{same.format(before)} AND t.{column} = v LIMIT 1"
            step = f"SELECT {columns}, ({there}) FROM {before}, v{depth}"
        else:
            least = f"SELECT min(t.{column}) {rows}{same}"
            step = (
                f"SELECT {columns}, ({least.format(before)}) FROM {before} UNION ALL "
                f"SELECT {columns}, ({least.format(this)} AND t.{column} > {this}.{column}) FROM {this} "
                f"WHERE {column} IS NOT NULL"
            )
            values += lead.values
        # Where there is none, it is NULL: no row equals that in the next step.
        steps.append(f"{this} ({columns}, {column}) AS ({step})")
        values += [*chosen, *lead.values]
        known = (*known, column)
    last = f"SELECT * FROM {this} WHERE {known[-1]} IS NOT NULL LIMIT {_COMBINED + 1}"
    return rows_of(f"WITH RECURSIVE {', '.join(steps)} {last}", values)


def _values(count: int) -> str:
    return f"VALUES {', '.join(['(%s)'] * count)}"


def _any(column: str, values: tuple[object, ...]) -> Condition:
    text = f"{column} = %s" if len(values) == 1 else f"{column} IN ({', '.join(['%s'] * len(values))})"
    return Condition(text, values)


def _moment(at: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(at)
