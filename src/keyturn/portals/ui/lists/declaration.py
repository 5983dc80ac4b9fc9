"""What a list page is, in one declaration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

from keyturn.portals.ui.lists.columns import Column
from keyturn.portals.ui.lists.export import Export
from keyturn.portals.ui.lists.filters import Filter
from keyturn.portals.ui.lists.response import respond
from keyturn.portals.ui.lists.sources import Source
from keyturn.portals.ui.lists.state import ListState, read_state


@dataclass(frozen=True)
class BulkAction:
    """A button of the bulk bar. `url` names the route whose GET answers the dialog for a selection.

    `tone` is "primary", "danger" or empty. `allowed` hides the button from those who may not.
    """

    label: str
    url: str
    icon: str
    tone: str = ""
    allowed: Callable[[HttpRequest], bool] = lambda request: True


@dataclass(frozen=True)
class Empty:
    """What stands in place of the table when there is nothing; `actions` is a template with buttons."""

    title: str
    text: str
    icon: str = "inbox"
    actions: str = ""


@dataclass(frozen=True)
class ListPage:
    """A list page. `default_sort` names an order, with a minus for descending; when no column has it,
    `default_words` names it for the Sort select.

    `search` is the placeholder of the search box; without it there is none. `searched` says what a
    search looks at, for the page without a match. `actions` is a template with the buttons of the
    page's head, `export` what the list can be downloaded as. With `sort_dialog` the order is chosen in
    a dialog instead of the headers. With `refresh` the results ask for themselves every so many seconds;
    the page's template puts the list into a `data-refresh` box. The first of `per_page` is the default.
    `row_href`, `row_id` and `row_label` give a row's page, the id that bulk actions send and the name that
    screen readers hear. `groups` maps an order to the heading that a row stands under in it.
    """

    name: str
    title: str
    noun: tuple[str, str]
    columns: tuple[Column, ...]
    default_sort: str
    empty: Empty
    default_words: str = ""
    intro: str = ""
    search: str = ""
    searched: str = ""
    filters: tuple[Filter, ...] = ()
    per_page: tuple[int, ...] = (15, 25, 50, 100)
    bulk: tuple[BulkAction, ...] = ()
    sort_dialog: bool = False
    refresh: int = 0
    row_href: Callable[[Any], str] = lambda row: ""
    row_id: Callable[[Any], str] = lambda row: str(row.pk)
    row_label: Callable[[Any], str] = str
    groups: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    actions: str = ""
    export: Export | None = None
    layout: str = "layouts/admin.html"
    template: str = "ui/lists/page.html"
    row_template: str = "ui/lists/_row.html"

    @cached_property
    def sorts(self) -> dict[str, Column]:
        """Every order a reader can ask for."""
        return {column.sort: column for column in self.columns if column.sort}

    @cached_property
    def default_order(self) -> tuple[str, str]:
        """Name and direction of the order a bare address shows."""
        return self.default_sort.removeprefix("-"), "desc" if self.default_sort.startswith("-") else "asc"

    def state(self, request: HttpRequest) -> ListState:
        """What this request asks of the list; for exports and counts beside it."""
        return read_state(self, request.GET.dict(), request)

    def respond(
        self, request: HttpRequest, source: Source[Any], context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """The whole page, or its results alone when htmx asks for them."""
        return respond(self, request, source, context or {})
