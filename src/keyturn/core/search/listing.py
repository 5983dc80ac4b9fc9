"""What is asked of a list, and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection

from keyturn.core.search.matching import Sql

T = TypeVar("T")
# So many matches are counted and can be paged to.
CAP = 10_000


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
