"""The stretches of indexes that make up the rows of a log which are asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import connection

from keyturn.core.search.listing import CAP
from keyturn.core.search.matching import Sql
from keyturn.core.search.statements import rows_of

# SQLite merges no more than 500 SELECTs.
_COMBINED: Final = 200
_BEGINNING: Final = 50


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL for one column. `alone`: its index does not begin with the environment.

    `inside`: no row of the whole installation meets it.
    """

    sql: str
    values: tuple[object, ...] = ()
    alone: bool = False
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """Rows that have any of the values `chosen` for a column, and meet `besides`.

    `columns` are those between the environment and `at` in one index; `lead` is what it begins with, if not
    with the environment. `most`: values of all columns that most rows have. `there`: environments and values of
    all columns, wherever there are such rows.
    """

    columns: tuple[str, ...]
    chosen: Mapping[str, tuple[object, ...]]
    lead: Condition | None = None
    besides: Condition = Condition("1=1")
    most: tuple[object, ...] = ()
    there: tuple[tuple[Any, ...], ...] | None = None

    def plain(self) -> Condition:
        """The same for a search that has an index of its own."""
        parts = [_hidden(column, values) for column, values in self.chosen.items()]
        parts += [self.lead, self.besides] if self.lead else [self.besides]
        text, values = " AND ".join(f"({one.sql})" for one in parts), tuple(v for one in parts for v in one.values)
        return Condition(text or "1=1", values, alone=self.lead is not None)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Rows whose `column` begins with `text` and that meet `besides` and `among`.

    Few values are looked for one by one; many by time, or within the combinations. `there`: environments and
    values, a few of each, and None where SQLite, which has no statistics, should go by time.
    """

    column: str
    text: str
    besides: Condition = Condition("1=1")
    among: Combined | None = None
    there: tuple[tuple[Any, ...], ...] | None = None

    def plain(self, *, by_time: bool) -> Condition:
        """By a stretch of the index that is not in the order of time, or by time where they are many."""
        begins = starts(self.column, self.text, hidden=by_time)
        return Condition(f"{begins.sql} AND {self.besides.sql}", (*begins.values, *self.besides.values))


Branch = Condition | Combined | Beginning


@dataclass(frozen=True, slots=True)
class Newest:
    """What is asked for: rows of any of `environments` that meet all `filters` and any of `branches`."""

    table: str
    environments: tuple[str, ...]
    filters: tuple[Condition, ...] = ()
    branches: tuple[Branch, ...] = ()


def equals(column: str, value: object, *, unless: str = "", alone: bool = False) -> Condition:
    """`column` has `value`. `unless` is what the condition of its index excludes, as SQL."""
    # SQLite uses such an index only where the query repeats its condition.
    repeated = f" AND NOT ({unless})" if unless else ""
    return Condition(f"{column} = %s{repeated}", (value,), alone)


def starts(column: str, text: str, *, hidden: bool = False) -> Condition:
    """`column` begins with `text`, by index on both engines, or on SQLite `hidden` from it."""
    if connection.vendor == "postgresql":
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return Condition(f"{column} LIKE %s", (f"{escaped}%",))
    name = f"+{column}" if hidden else column
    return Condition(f"{name} >= %s AND {name} < %s", (text, f"{text}\U0010ffff"))


def stretches(asked: Newest) -> list[Sql]:
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


def _parts(asked: Newest, branch: Branch) -> Iterator[tuple[tuple[str, ...], Condition]]:
    if isinstance(branch, Beginning):
        yield from _beginnings(asked, branch)
        return
    there = () if isinstance(branch, Condition) else _combined(asked, branch).there or ()
    if isinstance(branch, Condition) or len(there) > _COMBINED:
        condition = branch if isinstance(branch, Condition) else branch.plain()
        # What has an index without the environment is read once for all of them.
        each = [asked.environments] if condition.alone else [(one,) for one in asked.environments]
        yield from ((environments, condition) for environments in each if not condition.inside or any(environments))
        return
    lead, values = (branch.lead.sql, branch.lead.values) if branch.lead else ("1=1", ())
    text = " AND ".join([lead, *(f"{column} = %s" for column in branch.columns)])
    same = ((environment, Condition(text, (*values, *rest))) for environment, *rest in there)
    yield from (((environment,), both(condition, branch.besides)) for environment, condition in same)


def _beginnings(asked: Newest, branch: Beginning) -> Iterator[tuple[tuple[str, ...], Condition]]:
    branch = _begun(asked, branch)
    for environment in asked.environments:
        found = [value for one, value in branch.there or () if one == environment]
        if len(found) > _BEGINNING:
            plain = branch.plain(by_time=None in found)
            parts = _among(asked, branch.among, environment) if branch.among else [Condition("1=1")]
            yield from (((environment,), both(plain, condition)) for condition in parts)
            continue
        besides = both(branch.besides, branch.among.plain()) if branch.among else branch.besides
        same = (Condition(f"{branch.column} = %s", (value,)) for value in found)
        yield from (((environment,), both(one, besides)) for one in same)


def _among(asked: Newest, among: Combined, environment: str) -> list[Condition]:
    """By time where most rows are wanted, else each combination."""
    if (environment, *among.most) in (_combined(asked, among).there or ()):
        return [among.plain()]
    return [condition for environments, condition in _parts(asked, among) if environment in environments]


def known(asked: Newest, branch: Branch) -> Branch:
    """`branch` with what is there looked up."""
    if isinstance(branch, Combined):
        return _combined(asked, branch)
    return _begun(asked, branch) if isinstance(branch, Beginning) else branch


def _combined(asked: Newest, branch: Combined) -> Combined:
    return branch if branch.there is not None else replace(branch, there=tuple(_combinations(asked, branch)))


def _begun(asked: Newest, branch: Beginning) -> Beginning:
    if branch.there is not None:
        return branch
    among = _combined(asked, branch.among) if branch.among else None
    return replace(branch, there=tuple(_values_of(asked, branch)), among=among)


def _values_of(asked: Newest, wanted: Beginning) -> list[tuple[Any, ...]]:
    """Environment and value of the column, the first few; jumps from one to the next."""
    plain, rows = starts(wanted.column, wanted.text), []
    # By the order of the index, which serves LIKE.
    after, order = ("~>~", " USING ~<~") if connection.vendor == "postgresql" else (">", "")
    where = f"FROM {asked.table} t WHERE environment = %s AND {plain.sql} AND NOT ({wanted.column} = '')"
    turn = f"ORDER BY {wanted.column}{order} LIMIT 1"
    for environment in asked.environments:
        found = rows_of(
            f"WITH RECURSIVE each (v) AS (SELECT * FROM (SELECT {wanted.column} {where} {turn}) first UNION ALL "
            f"SELECT (SELECT {wanted.column} {where} AND {wanted.column} {after} each.v {turn}) FROM each "
            f"WHERE each.v IS NOT NULL) SELECT v FROM each WHERE v IS NOT NULL LIMIT {_BEGINNING + 1}",
            [environment, *plain.values] * 2,
        )
        rows += [(environment, value) for (value,) in found]
        if connection.vendor == "sqlite" and len(found) > _BEGINNING and _many(f"SELECT 1 {where}", environment, plain):
            rows.append((environment, None))
    return rows


def _many(rows: str, environment: str, plain: Condition) -> bool:
    ((count,),) = rows_of(f"SELECT count(*) FROM ({rows} LIMIT {CAP})", [environment, *plain.values])
    return bool(count == CAP)


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
            # Not EXISTS, which PostgreSQL would join with the whole index; in an order that this index alone has.
            turn = ", ".join(f"t.{one}" for one in (*wanted.columns[depth + 1 :], "at", "id"))
            there = f"SELECT t.{column} {rows}{same.format(before)} AND t.{column} = v ORDER BY {turn} LIMIT 1"
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


def both(one: Condition, other: Condition) -> Condition:
    """Rows that meet one and the other."""
    text, values = f"{one.sql} AND {other.sql}", (*one.values, *other.values)
    return Condition(text, values, one.alone or other.alone, one.inside or other.inside)


def _hidden(column: str, values: tuple[object, ...]) -> Condition:
    """As `_any`, for no index: it would be read through, however few of its rows are wanted."""
    if connection.vendor == "sqlite":
        return _any(f"+{column}", values)
    return Condition(" OR ".join([f"{column} IS NOT DISTINCT FROM %s"] * len(values)), values)


def _any(column: str, values: tuple[object, ...]) -> Condition:
    text = f"{column} = %s" if len(values) == 1 else f"{column} IN ({', '.join(['%s'] * len(values))})"
    return Condition(text, values)
