"""One list as its template sees it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template import Context
from django.template.context_processors import csrf
from django.urls import reverse
from django.utils.html import format_html_join

from keyturn.portals.ui.lists.columns import Column
from keyturn.portals.ui.lists.export import FORMATS
from keyturn.portals.ui.lists.sources import Page
from keyturn.portals.ui.lists.state import ListState

if TYPE_CHECKING:
    from keyturn.portals.ui.lists.declaration import ListPage


@dataclass(frozen=True)
class Header:
    """A column's head; `href` leads to the order the next click gives."""

    column: Column
    active: str
    href: str


@dataclass(frozen=True)
class Listing:
    """A declaration, bound to one request and its rows."""

    declaration: "ListPage"
    request: HttpRequest
    state: ListState
    page: Page[Any]
    context: Mapping[str, Any]

    def url(self, state: ListState | None = None) -> str:
        """The address of a state of this list."""
        query = (state or self.state).query()
        return f"{self.request.path}?{query}" if query else self.request.path

    def headers(self) -> Iterator[Header]:
        """The table's head: ascending at the first click, the other way at the second."""
        state = self.state
        for column in self.declaration.columns:
            if not column.sort or self.declaration.sort_dialog:
                yield Header(column, "", "")
                continue
            on = column.sort == state.sort
            flipped = "desc" if on and not state.descending else "asc"
            active = ("descending" if state.descending else "ascending") if on else ""
            yield Header(column, active, self.url(state.change(sort=column.sort, direction=flipped)))

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows with their cells rendered."""
        page = self.declaration
        # One context for all cells: context processors run once a page, not once a cell.
        context = Context({**self.context, **csrf(self.request), "request": self.request, "list": self})
        group = page.groups.get(self.state.sort, lambda row: "")
        for row in self.page.rows:
            href = page.row_href(row)
            # Joined here: a template loop over the cells would cost more than their contents.
            cells = format_html_join("", "{}", ((one.cell_tag(row, href, context),) for one in page.columns))
            told = {"id": page.row_id(row), "label": page.row_label(row), "href": href, "group": group(row)}
            yield told | {"cells": cells, "object": row}

    def controls(self) -> Iterator[dict[str, Any]]:
        """The filters with their present values."""
        for one in self.declaration.filters:
            value = self.state.filters.get(one.name)
            control = one.control(value, self.request)
            off = self.url(self.state.without(one.name))
            common = {"kind": one.kind, "name": one.name, "label": one.label, "set": value is not None, "off": off}
            yield common | control

    def orders(self) -> Iterator[tuple[str, str, bool]]:
        """(value, words, chosen) for the Sort select."""
        now = (self.state.sort, self.state.direction)
        if self.declaration.default_words:
            yield "", self.declaration.default_words, now == self.declaration.default_order
        for name, column in self.declaration.sorts.items():
            for direction, words in zip(("asc", "desc"), column.order_labels(), strict=True):
                yield f"{name}-{direction}", words, (name, direction) == now

    def bulk(self) -> list[dict[str, str]]:
        """The bulk actions this reader may use."""
        allowed = (one for one in self.declaration.bulk if one.allowed(self.request))
        return [{"label": a.label, "icon": a.icon, "tone": a.tone, "href": reverse(a.url)} for a in allowed]

    def exports(self) -> list[tuple[str, str]]:
        """(address, words) for each format of this search that this reader may download."""
        export = self.declaration.export
        if export is None or not export.allowed(self.request):
            return []
        pairs = self.state.change().pairs()
        url = reverse(export.url)
        return [(f"{url}?{urlencode([*pairs, ('format', name)])}", words) for name, words in (*FORMATS, *export.more)]

    @property
    def noun(self) -> str:
        """Singular or plural, as the total asks for."""
        return self.declaration.noun[0 if self.page.total == 1 and not self.page.capped else 1]

    @property
    def total(self) -> str:
        """`1,284`, or `10,000+` when nobody counted further."""
        return f"{self.page.total:,}{'+' if self.page.capped else ''}"

    @property
    def order(self) -> str:
        """The present order in words."""
        column = self.declaration.sorts.get(self.state.sort)
        return column.order_labels()[self.state.descending] if column else ""

    def cleared_search(self) -> str:
        """The address of this list without the search term."""
        return self.url(self.state.change(search=""))

    def cleared(self) -> str:
        """The address of this list without search and filters."""
        return self.url(self.state.change(search="", filters={}))

    def cleared_filters(self) -> str:
        """The address of this list without filters, the search kept."""
        return self.url(self.state.change(filters={}))

    def per_page_url(self) -> str:
        """Where the rows-per-page select asks; it adds its own value."""
        return self.url(self.state.change(per_page=self.declaration.per_page[0]))

    def pages(self) -> list[dict[str, Any]]:
        """Page links: both ends and the neighbours of the present page; None stands for a gap."""
        if self.page.keyset:
            return []
        number, last = self.page.number, self.page.pages
        near = {1, 2, 3} if number < 3 else {1, number - 1, number, number + 1}
        links: list[dict[str, Any]] = []
        for one in sorted(n for n in near | {last} if n <= last):
            if links and one - links[-1]["number"] > 1:
                links.append({"number": one - 1, "gap": True})
            links.append({"number": one, "href": self.page_url(one), "current": one == number})
        return links

    def page_url(self, number: int) -> str:
        """The address of another page of this list."""
        return self.url(self.state.change(page=number))

    def previous(self) -> str:
        """The address of the page before, empty on the first."""
        if self.page.keyset:
            return self.url(self.state.change(cursor=self.page.newer)) if self.page.newer else ""
        return self.page_url(self.page.number - 1) if self.page.number > 1 else ""

    def following(self) -> str:
        """The address of the page after, empty on the last."""
        if self.page.keyset:
            return self.url(self.state.change(cursor=self.page.older)) if self.page.older else ""
        return self.page_url(self.page.number + 1) if self.page.number < self.page.pages else ""
