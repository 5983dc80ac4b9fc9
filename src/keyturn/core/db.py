"""A thread's own database connection for statements written by hand: no ORM, no transaction left open.

The verify path uses it. PostgreSQL: autocommit, every statement prepared, binary results. SQLite: the
same pragmas as Django's connection; writes of one process take turns instead of polling for the lock.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import connection as django_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGresult

# Options of the settings that libpq does not know; all others come from the address of the database.
_FOR_DJANGO = {"assume_role", "isolation_level", "pool", "prepare_threshold", "server_side_binding"}
Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]
Done = TypeVar("Done")


class Database(Protocol):
    """Statements use %s for values; on PostgreSQL a list is an array. `vendor` is Django's name of the engine."""

    @property
    def vendor(self) -> str:
        """postgresql or sqlite."""

    def rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """All rows of a read."""

    def write(self, statements: Sequence[Statement]) -> None:
        """Run writes in one transaction and commit."""

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows in one transaction, as fast as the engine can."""


def direct() -> Database:
    """Connections apart from Django's, one a thread, to the database of the settings."""
    return Postgres() if _is_postgres() else Sqlite()


def in_turns() -> Database:
    """As `direct`, for threads that see to it themselves that only one is at work; PostgreSQL has one connection then.

    Few connections keep the plans and caches of the server's processes warm.
    """
    return Postgres(in_turns=True) if _is_postgres() else Sqlite()


def _is_postgres() -> bool:
    engine: str = settings.DATABASES["default"]["ENGINE"]
    return engine.endswith("postgresql")


def as_kept(vendor: str) -> Callable[[datetime], Any]:
    """What makes the engine's value of a time. SQLite compares texts: they are spelled as Django spells them."""
    return _as_is if vendor == "postgresql" else _as_text


def _as_is(at: datetime) -> Any:
    return at


def _as_text(at: datetime) -> Any:
    return str(at.astimezone(UTC).replace(tzinfo=None))


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


_djangos = threading.local()


def drop_dead() -> None:
    """Close Django's connection of this thread if it has failed or is too old; have it tried before it is used again.

    As Django does around its own requests, without looking for connections to other databases.
    """
    known: BaseDatabaseWrapper | None = getattr(_djangos, "connection", None)
    if known is None:
        known = _djangos.connection = connections[DEFAULT_DB_ALIAS]
    known.close_if_unusable_or_obsolete()


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

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        with atomic(), django_connection.cursor() as cursor:
            cursor.executemany(_insertion(table, columns), rows)


def _insertion(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608


class Postgres:
    """libpq through psycopg, one connection a thread, or one for all that use it in turns.

    Statements are prepared by hand and run by one blocking call that releases the GIL: half the
    client's time of a psycopg cursor.
    """

    vendor = "postgresql"

    def __init__(self, *, in_turns: bool = False) -> None:
        self._mine: Any = SimpleNamespace() if in_turns else threading.local()

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

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self._again(lambda link: link.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN", rows))

    def _run(self, sql: str, values: Sequence[Any]) -> PGresult:
        return self._again(lambda link: link.run(sql, values))

    def _again(self, work: Callable[["_Link"], Done]) -> Done:
        """What `work` does with the connection; once more on a fresh one when the server went away meanwhile."""
        link = self._link()
        try:
            return work(link)
        except psycopg.Error:
            if link.connection.pgconn.status == pq.ConnStatus.OK:
                raise
        link.connection.close()
        return work(self._link())

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
        if not self._pooled:
            # Every table is reached by an index, whatever the values: planning five times more would gain nothing.
            self.connection.execute("SET plan_cache_mode = force_generic_plan")

    def run(self, sql: str, values: Sequence[Any]) -> PGresult:
        # NULL is None here; the driver's annotation forgets it.
        given: list[Any] = [None if value is None else _sent(value) for value in values]
        if self._pooled:
            # The next statement may meet another connection of the pooler, where nothing is prepared.
            text = _numbered(sql).encode()
            return _checked(self.connection.pgconn.exec_params(text, given, result_format=pq.Format.BINARY))
        name = self._names.get(sql) or self._prepare(sql)
        return _checked(self.connection.pgconn.exec_prepared(name, given, None, pq.Format.BINARY))

    def copy(self, sql: str, rows: Sequence[Row]) -> None:
        with self.connection.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

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


def _sent(value: Any) -> bytes:
    """A value in PostgreSQL's text format; of a list, the array literal (PostgreSQL manual, 8.15.6)."""
    if type(value) is not list:
        return str(value).encode()
    items = ["NULL" if one is None else _quoted(one) if type(one) is str else f'"{one}"' for one in value]
    return f"{{{','.join(items)}}}".encode()


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _checked(result: PGresult) -> PGresult:
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result)
    return result


class Sqlite:
    """The standard library's driver, one connection a thread."""

    vendor = "sqlite"

    # One a process: who waits here is woken, who waits for the lock of SQLite must ask again and again.
    _writer = threading.Lock()

    def __init__(self) -> None:
        self._mine = threading.local()

    def rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        return self._connection().execute(sql.replace("%s", "?"), values).fetchall()

    def write(self, statements: Sequence[Statement]) -> None:
        # Leaving the block commits, or rolls back: a transaction left open would show an old state from then on.
        connection = self._connection()
        with self._writer, connection:
            connection.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                connection.execute(sql.replace("%s", "?"), values)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        connection = self._connection()
        with self._writer, connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_insertion(table, columns).replace("%s", "?"), rows)

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
