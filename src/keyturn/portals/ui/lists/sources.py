"""Where the rows of a list come from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Expression, F, Model, QuerySet
from django.db.models.expressions import OrderBy

from keyturn.portals.ui.lists.state import ListState

COUNT_LIMIT = 10_000
_SLICE = 1000
Row = TypeVar("Row")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows. `capped` says that `total` is a floor: there are more.

    A page of a log has no number: `keyset`, and the cursors of what follows and of what comes before.
    """

    rows: Sequence[Row]
    total: int
    number: int = 1
    per_page: int = 15
    capped: bool = False
    older: str = ""
    newer: str = ""
    keyset: bool = False

    @property
    def pages(self) -> int:
        """How many pages can be opened; at least one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        """Position of the first row, from 1; 0 on an empty page."""
        return (self.number - 1) * self.per_page + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Position of the last row."""
        return self.first + len(self.rows) - 1 if self.rows else 0


class Source(Protocol[Row]):
    """Answers one state of a list. A page beyond the end answers the last page."""

    def page(self, state: ListState) -> Page[Row]:
        """The rows of `state.page`, in the order asked for."""
        ...


def cut(state: ListState, total: int, *, capped: bool = False) -> tuple[int, int, int]:
    """(page number, start, stop) for `total` rows: the page asked for, or the last one there is."""
    pages = max(1, -(-total // state.per_page))
    number = min(state.page, pages)
    start = (number - 1) * state.per_page
    return number, start, start + state.per_page


class QuerySetSource(Generic[M]):
    """A list over a queryset.

    `sorts` maps each order of the declaration to a field name, an expression or several field names;
    missing values come last in both directions, ties break by `key`, which no two rows share.
    `search(queryset, term)` and `filters[name](queryset, value)` narrow it; a filter without a function
    compares the field of its name. At most 10,000 rows are counted and can be paged to.
    """

    def __init__(
        self,
        queryset: QuerySet[M],
        *,
        sorts: Mapping[str, str | Expression | tuple[str, ...]],
        search: Callable[[Any, str], QuerySet[M]] | None = None,
        filters: Mapping[str, Callable[[Any, Any], QuerySet[M]]] | None = None,
        key: str = "pk",
    ) -> None:
        self.queryset, self.sorts, self.search, self.filters = queryset, sorts, search, filters or {}
        self.key = key

    def matching(self, state: ListState) -> QuerySet[M]:
        """Every row of this search and these filters, unordered; for exports and bulk actions."""
        rows = self.queryset
        if state.search and self.search:
            rows = self.search(rows, state.search)
        for name, value in state.filters.items():
            narrow = self.filters.get(name)
            rows = narrow(rows, value) if narrow else rows.filter(**{name: value})
        return rows

    def ordered(self, state: ListState) -> QuerySet[M]:
        """Every matching row in the order asked for."""
        key = OrderBy(F(self.key), descending=state.descending)
        return self.matching(state).order_by(*self._order(state), key)

    def all(self, state: ListState) -> Iterator[M]:
        """Every matching row in the order asked for, never many in memory; for exports."""
        yield from self.ordered(state).iterator(chunk_size=_SLICE)

    def page(self, state: ListState) -> Page[M]:
        """One page in at most two queries; one when everything fits on the first page."""
        ordered = self.ordered(state)
        if state.page == 1:
            rows = list(ordered[: state.per_page + 1])
            if len(rows) <= state.per_page:
                return Page(rows, total=len(rows), per_page=state.per_page)
            total, capped = self._count(state)
            return Page(rows[: state.per_page], total, 1, state.per_page, capped)
        total, capped = self._count(state)
        number, start, stop = cut(state, total)
        return Page(list(ordered[start:stop]), total, number, state.per_page, capped)

    def _count(self, state: ListState) -> tuple[int, bool]:
        found = self.matching(state).order_by()[: COUNT_LIMIT + 1].count()
        return min(found, COUNT_LIMIT), found > COUNT_LIMIT

    def _order(self, state: ListState) -> list[OrderBy]:
        by = self.sorts.get(state.sort)
        if by is None:
            return []
        if isinstance(by, Expression):
            return [OrderBy(by, descending=state.descending, nulls_last=True)]
        # NULLS LAST on a column that has none would keep the planner from its index.
        return [
            OrderBy(F(name), descending=state.descending, nulls_last=True if self._nullable(name) else None)
            for name in ((by,) if isinstance(by, str) else by)
        ]

    def _nullable(self, name: str) -> bool:
        try:
            return bool(getattr(self.queryset.model._meta.get_field(name), "null", True))
        except FieldDoesNotExist:
            return True


class ShownSource(Generic[M, Row]):
    """Rows of a queryset as a list shows them: `show` turns a few records into as many rows at once."""

    def __init__(self, records: QuerySetSource[M], show: Callable[[Sequence[M]], Sequence[Row]]) -> None:
        self.records, self.show = records, show

    def page(self, state: ListState) -> Page[Row]:
        """One page."""
        found = self.records.page(state)
        return Page(self.show(found.rows), found.total, found.number, found.per_page, found.capped)

    def all(self, state: ListState) -> Iterator[Row]:
        """Every match in the order asked for, for exports."""
        records = self.records.ordered(state).iterator(chunk_size=_SLICE)
        while part := list(islice(records, _SLICE)):
            yield from self.show(part)
