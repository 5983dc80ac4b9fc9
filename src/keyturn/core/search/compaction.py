"""Forgetting for good what was deleted from a search index."""

from django.db import connection

from keyturn.core.search.declaration import Searched

# Pages written in one statement, which is one transaction: others write in between.
_PAGES = 500


def compact(searched: Searched) -> None:
    """Merge the index of a table until no piece of a deleted row is left in it.

    FTS5 only marks what is deleted, and drops it when it merges its segments into one. PostgreSQL removes
    it by itself (autovacuum), and no dump or query shows it.
    """
    if connection.vendor != "sqlite":
        return
    name, pages = f"{searched.table}_search", -_PAGES
    with connection.cursor() as cursor:
        while True:
            before = connection.connection.total_changes
            cursor.execute(f"INSERT INTO {name}({name}, rank) VALUES ('merge', {pages})")
            # Documented: fewer than two changes mean that nothing was left to merge.
            if pages > 0 and connection.connection.total_changes - before < 2:
                return
            pages = _PAGES
