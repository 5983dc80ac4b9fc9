"""SQLite's write-ahead log keeps what rows held before they were changed, until it is emptied."""

from django.db import connection


class StillRead(Exception):
    """Somebody reads the database, so that its write-ahead log cannot be emptied yet."""


def empty() -> None:
    """Write everything into the database file, where what was deleted is overwritten; nothing to do on PostgreSQL.

    Raises StillRead; the attempt is to be repeated then.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        # Writers wait for a checkpoint that waits for readers: it must give up soon.
        cursor.execute("PRAGMA busy_timeout=500")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        finally:
            cursor.execute("PRAGMA busy_timeout=20000")
    if busy:
        raise StillRead("The database is being read: its journal is emptied later.")
