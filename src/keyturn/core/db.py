"""A thread's own database connection for statements written by hand: no ORM, no transaction left open.

The verify path uses it. PostgreSQL: autocommit, every statement prepared, binary results. SQLite: the
same pragmas as Django's connection; writes of one process take turns instead of polling for the lock.
"""

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import connection as django_connection
from django.db.transaction import atomic
from psycopg.conninfo import make_conninfo

Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]


class Database(Protocol):
    """Statements use %s for values. `vendor` is Django's name of the engine."""

    @property
    def vendor(self) -> str:
        """postgresql or sqlite."""

    def row(self, sql: str, values: Sequence[Any]) -> Row | None:
        """The first row of a read."""

    def write(self, statements: Sequence[Statement]) -> None:
        """Run writes in one transaction and commit."""


def direct() -> Database:
    """Connections apart from Django's, one a thread, to the database of the settings."""
    engine: str = settings.DATABASES["default"]["ENGINE"]
    return Postgres() if engine.endswith("postgresql") else Sqlite()


class Shared:
    """Django's own connection, for code inside one of its requests or transactions."""

    @property
    def vendor(self) -> str:
        return django_connection.vendor

    def row(self, sql: str, values: Sequence[Any]) -> Row | None:
        with django_connection.cursor() as cursor:
            cursor.execute(sql, values)
            found: Row | None = cursor.fetchone()
            return found

    def write(self, statements: Sequence[Statement]) -> None:
        with atomic(), django_connection.cursor() as cursor:
            for sql, values in statements:
                cursor.execute(sql, values)


class Postgres:
    """psycopg 3, one connection a thread."""

    vendor = "postgresql"

    def __init__(self) -> None:
        self._mine = threading.local()

    def row(self, sql: str, values: Sequence[Any]) -> Row | None:
        return self._run(sql, values, fetch=True)

    def write(self, statements: Sequence[Statement]) -> None:
        if len(statements) == 1:
            self._run(*statements[0], fetch=False)
            return
        with self._cursor().connection.transaction():
            for sql, values in statements:
                self._mine.cursor.execute(sql, values)

    def _cursor(self) -> psycopg.Cursor[Row]:
        cursor: psycopg.Cursor[Row] | None = getattr(self._mine, "cursor", None)
        if cursor is None or cursor.connection.closed:
            database = settings.DATABASES["default"]
            wanted = {
                "dbname": database["NAME"],
                "user": database["USER"],
                "password": database["PASSWORD"],
                "host": database["HOST"],
                "port": database["PORT"],
            }
            given = {name: value for name, value in database.get("OPTIONS", {}).items() if isinstance(value, str)}
            target = make_conninfo("", **{name: value for name, value in {**wanted, **given}.items() if value})
            connection = psycopg.connect(target, autocommit=True, prepare_threshold=0)
            cursor = self._mine.cursor = connection.cursor(binary=True)
        return cursor

    def _run(self, sql: str, values: Sequence[Any], *, fetch: bool) -> Row | None:
        cursor = self._cursor()
        try:
            cursor.execute(sql, values)
        except psycopg.OperationalError:
            if not cursor.connection.closed:
                raise
            # The server went away since the last request: once more on a fresh connection.
            cursor = self._cursor()
            cursor.execute(sql, values)
        return cursor.fetchone() if fetch else None


class Sqlite:
    """The standard library's driver, one connection a thread."""

    vendor = "sqlite"

    def __init__(self) -> None:
        self._mine = threading.local()
        self._writer = threading.Lock()

    def row(self, sql: str, values: Sequence[Any]) -> Row | None:
        found: Row | None = self._connection().execute(sql.replace("%s", "?"), values).fetchone()
        return found

    def write(self, statements: Sequence[Statement]) -> None:
        connection = self._connection()
        with self._writer:
            connection.execute("BEGIN IMMEDIATE")
            try:
                for sql, values in statements:
                    connection.execute(sql.replace("%s", "?"), values)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            database = settings.DATABASES["default"]
            options = database["OPTIONS"]
            connection = sqlite3.connect(
                database["NAME"],
                timeout=options["timeout"],
                isolation_level=None,
                check_same_thread=False,
                uri=str(database["NAME"]).startswith("file:"),
            )
            connection.executescript(options["init_command"])
            self._mine.connection = connection
        return connection
