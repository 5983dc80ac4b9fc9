"""Substring search and quick list pages on both engines; knows no product words.

A table is declared once (`Searched`), its migration makes the indexes (`index`), and a list page is
asked for with a `Listing`. Every statement here was shaped by measurement; see docs/operations.md,
"Lists and search".
"""

from keyturn.core.search.compaction import compact
from keyturn.core.search.declaration import Searched, index, rebuilt
from keyturn.core.search.handful import few
from keyturn.core.search.listing import CAP, Filter, Found, Listing, Order, Page, Segment
from keyturn.core.search.matching import Match, matching
from keyturn.core.search.paging import each, find, find_all
from keyturn.core.search.terms import clean_term, fold

__all__ = [
    "CAP",
    "Filter",
    "Found",
    "Listing",
    "Match",
    "Order",
    "Page",
    "Searched",
    "Segment",
    "clean_term",
    "compact",
    "each",
    "few",
    "find",
    "find_all",
    "fold",
    "index",
    "matching",
    "rebuilt",
]
