"""A thread's own database connection for statements written by hand: no ORM, no transaction left open.

The verify path uses it. PostgreSQL: autocommit, every statement prepared, binary results. SQLite: the
same pragmas as Django's connection; writes of one process take turns instead of polling for the lock.
"""

import sqlite3
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import connection as django_connection
from django.db.transaction import atomic
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGresult

# Options of the settings that libpq does not know; all others come from the address of the database.
_FOR_DJANGO = {"assume_role", "isolation_level", "pool", "prepare_threshold", "server_side_binding"}
Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]


class Database(Protocol):
    """Statements use %s for values. `vendor` is Django's name of the engine."""

    @property
    def vendor(self) -> str:
        """postgresql or sqlite."""

    def rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """All rows of a read."""

    def write(self, statements: Sequence[Statement]) -> None:
        """Run writes in one transaction and commit."""


def direct() -> Database:
    """Connections apart from Django's, one a thread, to the database of the settings."""
    engine: str = settings.DATABASES["default"]["ENGINE"]
    return Postgres() if engine.endswith("postgresql") else Sqlite()


def postgres_target() -> str:
    """What libpq needs to connect to the database of the settings."""
    database = settings.DATABASES["default"]
    wanted = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        **{name: value for name, value in database.get("OPTIONS", {}).items() if name not in _FOR_DJANGO},
    }
    return make_conninfo("", **{name: value for name, value in wanted.items() if value})


class Shared:
    """Django's own connection, for code inside one of its requests or transactions."""

    @property
    def vendor(self) -> str:
        return django_connection.vendor

    def rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        with django_connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def write(self, statements: Sequence[Statement]) -> None:
        with atomic(), django_connection.cursor() as cursor:
            for sql, values in statements:
                cursor.execute(sql, values)


class Postgres:
    """libpq through psycopg, one connection a thread.

    Statements are prepared by hand and run by one blocking call that releases the GIL: half the
    client's time of a psycopg cursor.
    """

    vendor = "postgresql"

    def __init__(self) -> None:
        self._mine = threading.local()

    def rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        result = self._run(sql, values)
        found: list[Row] = self._mine.link.load(result)
        return found

    def write(self, statements: Sequence[Statement]) -> None:
        if len(statements) == 1:
            self._run(*statements[0])
            return
        with self._link().connection.transaction():
            for sql, values in statements:
                self._run(sql, values)

    def _run(self, sql: str, values: Sequence[Any]) -> PGresult:
        link = self._link()
        try:
            return link.run(sql, values)
        except psycopg.Error:
            if link.connection.pgconn.status == pq.ConnStatus.OK:
                raise
        # The server went away since the last request: once more on a fresh connection.
        link.connection.close()
        return self._link().run(sql, values)

    def _link(self) -> "_Link":
        link: _Link | None = getattr(self._mine, "link", None)
        if link is None or link.connection.closed:
            link = self._mine.link = _Link()
        return link


class _Link:
    """A connection with its prepared statements."""

    def __init__(self) -> None:
        self.connection = psycopg.connect(postgres_target(), autocommit=True)
        self._loaders = Transformer(self.connection)
        self._names: dict[str, bytes] = {}
        self._pooled: bool = settings.DATABASES["default"].get("DISABLE_SERVER_SIDE_CURSORS", False)

    def run(self, sql: str, values: Sequence[Any]) -> PGresult:
        # NULL is None here; the driver's annotation forgets it.
        given: list[Any] = [None if value is None else str(value).encode() for value in values]
        if self._pooled:
            # The next statement may meet another connection of the pooler, where nothing is prepared.
            text = _numbered(sql).encode()
            return _checked(self.connection.pgconn.exec_params(text, given, result_format=pq.Format.BINARY))
        name = self._names.get(sql) or self._prepare(sql)
        return _checked(self.connection.pgconn.exec_prepared(name, given, None, pq.Format.BINARY))

    def load(self, result: PGresult) -> list[Row]:
        self._loaders.set_pgresult(result)
        rows: list[Row] = self._loaders.load_rows(0, result.ntuples, tuple)
        return rows

    def _prepare(self, sql: str) -> bytes:
        name = f"keyturn{len(self._names)}".encode()
        _checked(self.connection.pgconn.prepare(name, _numbered(sql).encode()))
        self._names[sql] = name
        return name


@lru_cache(maxsize=256)
def _numbered(sql: str) -> str:
    head, *tail = sql.split("%s")
    return head + "".join(f"${number}{text}" for number, text in enumerate(tail, 1))


def _checked(result: PGresult) -> PGresult:
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result)
    return result


class Sqlite:
    """The standard library's driver, one connection a thread."""

    vendor = "sqlite"

    def __init__(self) -> None:
        self._mine = threading.local()
        self._writer = threading.Lock()

    def rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        return self._connection().execute(sql.replace("%s", "?"), values).fetchall()

    def write(self, statements: Sequence[Statement]) -> None:
        connection = self._connection()
        with self._writer:
            connection.execute("BEGIN IMMEDIATE")
            try:
                for sql, values in statements:
                    connection.execute(sql.replace("%s", "?"), values)
                connection.execute("COMMIT")
            except BaseException:
                # A transaction left open would show this thread an old state from then on.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

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
