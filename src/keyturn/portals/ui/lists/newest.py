"""Lists over a log: newest first, paged from row to row, so that new rows never shift what one reads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model

from keyturn.core.search import newest
from keyturn.core.search.newest import Newest, Place
from keyturn.portals.ui.lists.sources import Page, cut
from keyturn.portals.ui.lists.state import ListState

Row = TypeVar("Row")
M = TypeVar("M", bound=Model)
_SLICE = 1000


class NewestSource(Generic[M, Row]):
    """Rows of `model` as `show` makes them, a page at once. `ask` says which of them a state wants.

    The order `time` runs along the index, from any place. `sorts` maps further orders to columns: they
    put the newest 10,000 matches in order, which are all that a list counts.
    """

    def __init__(
        self,
        model: type[M],
        ask: Callable[[ListState], Newest],
        show: Callable[[Sequence[M]], Sequence[Row]],
        sorts: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.model, self.ask, self.show, self.sorts = model, ask, show, sorts or {}

    def page(self, state: ListState) -> Page[Row]:
        """One page."""
        asked = newest.prepared(self.ask(state))
        total, capped = newest.count(asked)
        if state.sort in self.sorts:
            return self._sorted(state, asked, total, capped)
        back = state.cursor.startswith("before:")
        place = place_of(state.cursor)
        down = state.descending != back
        found = newest.page(asked, state.per_page + 1, down=down, after=place)
        more, ids = len(found) > state.per_page, found[: state.per_page]
        if back and not more:
            # So near to the start that the first page is what is wanted.
            return self.page(state.change())
        rows = self._rows(ids[::-1] if back else ids)
        older = f"after:{_token(rows[-1])}" if rows and (more or back) else ""
        newer = f"before:{_token(rows[0])}" if rows and place else ""
        return Page(self.show(rows), total, 1, state.per_page, capped, older=older, newer=newer, keyset=True)

    def all(self, state: ListState) -> Iterator[Row]:
        """Every match by time, for exports; never many in memory."""
        asked, place = newest.prepared(self.ask(state)), None
        while ids := newest.page(asked, _SLICE, down=state.descending, after=place):
            rows = self._rows(ids)
            yield from self.show(rows)
            if not rows:
                return
            place = _place(rows[-1])

    def _sorted(self, state: ListState, asked: Newest, total: int, capped: bool) -> Page[Row]:
        number, start, stop = cut(state, total)
        turn = " DESC" if state.descending else ""
        order = ", ".join([*(f"{column}{turn}" for column in self.sorts[state.sort]), "at DESC", "id DESC"])
        rows = self._rows(newest.ordered(asked, order, start, stop))
        return Page(self.show(rows), total, number, state.per_page, capped)

    def _rows(self, ids: Sequence[int]) -> list[M]:
        found = self.model._default_manager.in_bulk(ids)
        return [found[id] for id in ids if id in found]


def place_of(cursor: str) -> Place | None:
    """Where a cursor of an address points to; None for the start, and for what makes no sense."""
    micros, _, id = cursor.rpartition(":")[2].partition("-")
    if not (micros.isascii() and micros.isdecimal() and id.isascii() and id.isdecimal()):
        return None
    if len(micros) > 17 or len(id) > 18:
        return None
    return Place(
        datetime.fromtimestamp(int(micros) / 1_000_000, UTC).replace(microsecond=int(micros) % 1_000_000), int(id)
    )


def _place(row: Any) -> Place:
    return Place(row.at, row.pk)


def _token(row: Any) -> str:
    whole = int(row.at.replace(microsecond=0).timestamp())
    return f"{whole * 1_000_000 + row.at.microsecond}-{row.pk}"
