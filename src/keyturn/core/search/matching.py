"""SQL conditions for "this row contains the term": served by an index, or asked of one row."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from keyturn.core.search.declaration import Searched
from keyturn.core.search.terms import fold, has_trigram, like, short_grams

Sql = tuple[str, list[Any]]
# A short term is the start of indexed trigrams; from this many rows on they need not be counted.
_PLENTY = 100_000


@dataclass(frozen=True, slots=True)
class Match:
    """How rows of one table that contain a term are found.

    `keys` selects their ids by index; an empty one means that the term is so common that testing
    row after row is the only way. `condition` is the same for a row, `{0}` standing for its alias.
    """

    searched: Searched
    term: str
    keys: str
    condition: str
    values: tuple[Any, ...]

    @property
    def common(self) -> bool:
        """Whether far more than 10,000 rows are known to match."""
        return not self.keys

    def rows(self, alias: str) -> Sql:
        """The condition on `alias` that selects by index, where there is one for this term."""
        return self.test(alias) if self.common else (self.condition.format(alias), list(self.values))

    def owners(self, column: str, alias: str) -> Sql:
        """The same for a row whose `column` refers to the searched table, joined as `alias`."""
        return self.test(alias) if self.common else (f"{column} IN ({self.keys})", list(self.values))

    def test(self, alias: str) -> Sql:
        """The condition for one row at hand; no index, and not true where the row is missing."""
        if connection.vendor == "postgresql":
            return f"{alias}.search LIKE %s", [like(self.term)]
        columns = ", ".join(f"{alias}.{column}" for column in self.searched.columns)
        return f"search_holds(%s, {columns})", [self.term]


def matching(searched: Searched, term: str) -> Match:
    """How to find the rows of `searched` that contain `term` (cleaned, not empty)."""
    if connection.vendor == "postgresql":
        return _postgresql(searched, term)
    connection.ensure_connection()
    connection.connection.create_function("search_holds", -1, _holds, deterministic=True)
    return _sqlite(searched, term)


def _postgresql(searched: Searched, term: str) -> Match:
    values: tuple[Any, ...]
    if has_trigram(term):
        condition, values = "{0}.search LIKE %s", (like(term),)
    elif len(term) < 3:
        condition, values = "short_grams({0}.search) @> %s", ([term],)
    else:
        condition = "short_grams({0}.search) @> %s AND strpos({0}.search, %s) > 0"
        values = (short_grams(term), term)
    keys = f"SELECT s.id FROM {searched.table} s WHERE {condition.format('s')}"
    return Match(searched, term, keys, condition, values)


def _sqlite(searched: Searched, term: str) -> Match:
    name = f"{searched.table}_search"
    if len(term) > 2:
        keys, values = f"SELECT rowid FROM {name} WHERE {name} MATCH %s", ('"' + term.replace('"', '""') + '"',)
        return Match(searched, term, keys, f"{{0}}.id IN ({keys})", values)
    between = (term, term + "\U0010ffff")
    if _plentiful(searched, between):
        return Match(searched, term, "", "", ())
    keys = f"SELECT doc FROM {searched.table}_places WHERE term >= %s AND term < %s"
    return Match(searched, term, keys, f"{{0}}.id IN ({keys})", between)


def _plentiful(searched: Searched, between: tuple[str, str]) -> bool:
    """Whether the trigrams of this range stand in so many rows that counting them stops early."""
    rows = 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT doc FROM {searched.table}_terms WHERE term >= %s AND term < %s", between)
        for (count,) in cursor:
            rows += count
            if rows > _PLENTY:
                return True
    return False


def _holds(term: str, *columns: str | None) -> bool:
    return any(column and term in fold(column) for column in columns)
