"""What one column shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template import Context, Template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from keyturn.portals.ui.times import time_tag

_CELL = '<td data-{}="{}" class="{}">{}</td>'
NOTHING = mark_safe('<span aria-hidden="true">–</span><span class="sr-only">none</span>')


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `cell` is the path of an attribute ("product.name"), a function of the row, or a template ending
    in .html, which gets `row`, `href` (the row's page) and the context of the list. Empty values show
    as a dash, datetimes as dates. `sort` names the order this column's header asks for; `orders` words
    it for the Sort select, ascending first. `slot` places the cell on a phone's card: title, end, line,
    line-end, foot or off; without one the cell shows below with its label. `link` wraps the cell in the
    link that covers the whole row.
    """

    label: str
    cell: str | Callable[[Any], object]
    sort: str = ""
    orders: tuple[str, str] = ("", "")
    slot: str | Callable[[Any], str] = ""
    css: str = ""
    head_css: str = ""
    hidden_label: bool = False
    link: bool = False

    def order_labels(self) -> tuple[str, str]:
        """Ascending and descending, in words."""
        ascending, descending = self.orders
        return ascending or f"{self.label}, ascending", descending or f"{self.label}, descending"

    def cell_tag(self, row: Any, href: str, context: Context) -> SafeString:
        """The whole `<td>`, placed for tables and cards."""
        slot = self.slot(row) if callable(self.slot) else self.slot
        name, value = ("slot", slot) if slot else ("label", self.label)
        return format_html(_CELL, name, value, self.css, self.render(row, href, context))

    def render(self, row: Any, href: str, context: Context) -> SafeString:
        """The inside of the cell, as HTML. Templates see `context`, which all cells of a page share."""
        if isinstance(self.cell, str) and self.cell.endswith(".html"):
            template: Template = get_template(self.cell).template  # type: ignore[attr-defined]
            with context.push(row=row, href=href):
                return template.render(context)
        value = self.cell(row) if callable(self.cell) else attribute(row, self.cell)
        html = _shown(value)
        return format_html('<a class="row-link" href="{}">{}</a>', href, html) if self.link and href else html


def attribute(row: Any, path: str) -> object:
    """What `path`, such as "product.name", leads to; None when something on the way is missing."""
    for name in path.split("."):
        row = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
        if row is None:
            break
    return row


def _shown(value: object) -> SafeString:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        return time_tag(value)
    return format_html("{}", value)
