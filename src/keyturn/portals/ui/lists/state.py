"""What a list page was asked for, out of the query string and back into it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest

from keyturn.core.text import clean_line
from keyturn.portals.ui.lists.filters import DateSpan, Query

if TYPE_CHECKING:
    from keyturn.portals.ui.lists.declaration import ListPage

SEARCH_LENGTH = 500
PAGE_LIMIT = 1_000_000
_CURSOR = re.compile(r"(?:after|before):[0-9]{1,17}-[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class ListState:
    """Search term, order, page and filters of one request; all of it valid.

    `direction` is "asc" or "desc". `filters` holds only what is set: strings, or a DateSpan.
    """

    declaration: "ListPage" = field(repr=False, compare=False)
    search: str
    sort: str
    direction: str
    page: int
    per_page: int
    filters: Mapping[str, Any]
    # Where a page of a log begins or ends: `after:` or `before:` a row.
    cursor: str = ""

    @property
    def descending(self) -> bool:
        """Whether the order runs downwards."""
        return self.direction == "desc"

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter leaves rows out."""
        return bool(self.search or self.filters)

    def chosen(self, name: str) -> str:
        """The value of a Select or Linked filter; empty when not set."""
        value = self.filters.get(name, "")
        return value if isinstance(value, str) else ""

    def span(self, name: str) -> DateSpan:
        """The days of a DateRange filter; open at both ends when not set."""
        value = self.filters.get(name)
        return value if isinstance(value, DateSpan) else DateSpan()

    def change(self, **changes: Any) -> "ListState":
        """This state with changes; anything but the page starts again on page 1."""
        return replace(self, **{"page": 1, "cursor": "", **changes})

    def without(self, name: str) -> "ListState":
        """This state with one filter taken off."""
        return self.change(filters={key: value for key, value in self.filters.items() if key != name})

    def query(self) -> str:
        """The canonical query string, holding only what differs from the defaults."""
        return urlencode(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the canonical query string."""
        page = self.declaration
        pairs = [("search", self.search)] if self.search else []
        for one in page.filters:
            if one.name in self.filters:
                pairs += one.write(self.filters[one.name])
        if (self.sort, self.direction) != page.default_order:
            pairs += [("sort", self.sort), ("direction", self.direction)]
        if self.per_page != page.per_page[0]:
            pairs.append(("per_page", str(self.per_page)))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        if self.cursor:
            pairs.append(("from", self.cursor))
        return pairs


def read_state(declaration: "ListPage", query: Query, request: HttpRequest) -> ListState:
    """The state a query asks for. What makes no sense falls back to the default without a word."""
    sort, direction = _order(declaration, query)
    per_page = _number(query.get("per_page", ""), 0)
    found = {one.name: one.read(query, request) for one in declaration.filters}
    return ListState(
        declaration=declaration,
        search=clean_line(query.get("search", "")[:SEARCH_LENGTH]) if declaration.search else "",
        sort=sort,
        direction=direction,
        page=min(max(_number(query.get("page", ""), 1), 1), PAGE_LIMIT),
        per_page=per_page if per_page in declaration.per_page else declaration.per_page[0],
        filters={name: value for name, value in found.items() if value is not None},
        cursor=cursor if _CURSOR.fullmatch(cursor := query.get("from", "")) else "",
    )


def _order(declaration: "ListPage", query: Query) -> tuple[str, str]:
    # The Sort select of phones sends both in one value, as in order=joined-desc.
    sort, _, direction = query.get("order", "").rpartition("-")
    if not sort:
        sort, direction = query.get("sort", ""), query.get("direction", "asc")
    if sort not in declaration.sorts:
        return declaration.default_order
    return sort, direction if direction in ("asc", "desc") else "asc"


def _number(text: str, default: int) -> int:
    # isdecimal alone would let through digits of other scripts and text beyond int()'s limit.
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default
