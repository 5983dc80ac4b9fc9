"""A few matches of a term, for a search that answers while somebody types: in bounded time, whatever the term."""

from django.db import connection

from keyturn.core.search.listing import Filter
from keyturn.core.search.matching import Match, Sql
from keyturn.core.search.statements import all_of, column_of, plan, rows_of

# Rows looked at from the newest on; a common term is found among them.
_NEAR = 4_000
# More matches than that are not sorted.
_SORTED = 16_000
# Rows looked at, spread over the whole table, when very many match but none of the newest.
_SPREAD = 1_000
_TAKEN = 2_000
# So many of the newest are enough to choose from.
_ENOUGH = 10


def few(match: Match, newest: str, size: int, scope: tuple[Filter, ...] = ()) -> list[int]:
    """Ids of up to `size` matches, the largest `newest` (a column) first.

    They are the newest of all as long as no more than some thousands match, or the newest rows hold
    enough of them; else they are some of the matches.
    """
    found = _near(match, newest, size, scope)
    if len(found) >= min(size, _ENOUGH):
        return found
    order = f"ORDER BY t.{newest} DESC, t.id DESC LIMIT {size}"
    where, values = all_of([item.sql(hidden=True) for item in scope])
    if connection.vendor == "sqlite":
        taken = _taken(match)
    else:
        test, tested = all_of([(where, values), match.test("t")])
        expected = plan((f"SELECT 1 FROM {match.searched.table} t WHERE {test}", tested))["Plan Rows"]
        taken = match.rows("t") if expected <= _SORTED else None
    if taken is None:
        return found + [key for key in _spread(match, (where, values), order) if key not in found][: size - len(found)]
    condition, wanted = all_of([(where, values), taken])
    # Materialized: the planner would rather walk the whole order than sort a few rows.
    rows = f"SELECT t.id, t.{newest} FROM {match.searched.table} t WHERE {condition}"
    return column_of(f"WITH t AS MATERIALIZED ({rows}) SELECT t.id FROM t {order}", wanted)


def _near(match: Match, newest: str, size: int, scope: tuple[Filter, ...]) -> list[int]:
    test, tested = match.test("t")
    where, values = all_of([item.sql() for item in scope])
    rows = f"FROM {match.searched.table} t WHERE {where} ORDER BY t.{newest} DESC, t.id DESC LIMIT {_NEAR}"
    return column_of(
        f"SELECT w.id FROM (SELECT t.id, {test} AS ok {rows}) w WHERE w.ok LIMIT {size}", [*tested, *values]
    )


def _taken(match: Match) -> Sql | None:
    """The newest matches of SQLite's index, no more than can be sorted at once; None for a very common term."""
    if match.common:
        return None
    # Only the full-text table can be read backwards.
    turn = " ORDER BY rowid DESC" if " MATCH " in match.keys else ""
    return f"t.id IN (SELECT * FROM ({match.keys}{turn} LIMIT {_TAKEN}))", list(match.values)


def _spread(match: Match, where: Sql, order: str) -> list[int]:
    table = match.searched.table
    ((low, high),) = rows_of(f"SELECT (SELECT min(id) FROM {table}), (SELECT max(id) FROM {table})", [])
    if low is None:
        return []
    ids = ",".join(map(str, range(low, high + 1, max(1, (high - low) // _SPREAD))))
    test, values = all_of([where, match.test("t")])
    return column_of(f"SELECT t.id FROM {table} t WHERE t.id IN ({ids}) AND {test} {order}", values)
