"""The quick lists of core.search as the sources that list pages read."""

from collections.abc import Sequence
from typing import Any, TypeVar

from keyturn.core import search
from keyturn.portals.ui.lists import ListState, Page

Row = TypeVar("Row")


def shown(found: search.Page[Any], rows: Sequence[Row], state: ListState) -> Page[Row]:
    """The page that was found, holding `rows` in place of the records."""
    return Page(rows, found.total, found.number, state.per_page, found.capped)
