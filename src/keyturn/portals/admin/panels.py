"""Tables inside a page: short, paged by links that keep the rest of the address."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from keyturn.portals.ui.lists import Page

ROWS = 15


@dataclass(frozen=True)
class Panel:
    """One page of a table; `name` is its place in the query string and on the page."""

    request: HttpRequest
    name: str
    page: Page[Any]

    @property
    def previous(self) -> str:
        """The address of the page before, empty on the first."""
        return self._url(self.page.number - 1) if self.page.number > 1 else ""

    @property
    def following(self) -> str:
        """The address of the page after, empty on the last."""
        return self._url(self.page.number + 1) if self.page.number < self.page.pages else ""

    def _url(self, number: int) -> str:
        query = self.request.GET.copy()
        query[self.name] = str(number)
        return f"{self.request.path}?{query.urlencode()}"


def panel(request: HttpRequest, name: str, rows: QuerySet[Any]) -> Panel:
    """The page of `rows` that the address asks for under `name`; out of range means the last one."""
    total = rows.order_by().count()
    asked = request.GET.get(name, "")
    wanted = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 1
    number = max(1, min(wanted, -(-total // ROWS)))
    start = (number - 1) * ROWS
    return Panel(request, name, Page(list(rows[start : start + ROWS]), total, number, ROWS))
