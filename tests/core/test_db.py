"""The connections behind the verify path."""

from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from keyturn.config.database import configure
from keyturn.core import db

pytestmark = pytest.mark.django_db
only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL's connection")


@only_postgres
def test_a_lost_connection_is_replaced() -> None:
    database = db.direct()
    first = database.rows("SELECT pg_backend_pid()", ())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", first[0])
    second = database.rows("SELECT pg_backend_pid()", ())
    assert first != second
    assert second == database.rows("SELECT pg_backend_pid()", ())


@only_postgres
def test_an_error_is_raised_and_the_connection_stays() -> None:
    database = db.direct()
    first = database.rows("SELECT pg_backend_pid()", ())
    with pytest.raises(psycopg.errors.DivisionByZero):
        database.rows("SELECT 1 / %s::int", (0,))
    with pytest.raises(psycopg.errors.UndefinedTable):
        database.rows("SELECT * FROM nothing", ())
    assert first == database.rows("SELECT pg_backend_pid()", ())
    assert database.rows("SELECT %s::int, %s::text WHERE false", (1, None)) == []


@only_postgres
def test_several_writes_are_one_transaction() -> None:
    database = db.direct()
    database.write([("CREATE TABLE IF NOT EXISTS scratch_db (n int)", ())])
    try:
        with pytest.raises(psycopg.errors.DivisionByZero):
            database.write([("INSERT INTO scratch_db VALUES (%s)", (1,)), ("SELECT 1 / %s::int", (0,))])
        assert database.rows("SELECT count(*) FROM scratch_db", ()) == [(0,)]
    finally:
        database.write([("DROP TABLE scratch_db", ())])


@only_postgres
def test_behind_a_pooler_nothing_stays_on_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler of transactions gives the next statement another connection, where nothing is prepared."""
    given = configure("postgres://keyturn@127.0.0.1/keyturn", Path(), pooled=True)
    assert given["OPTIONS"]["prepare_threshold"] is None
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    monkeypatch.setitem(settings.DATABASES["default"], "DISABLE_SERVER_SIDE_CURSORS", True)
    database = db.direct()
    assert database.rows("SELECT %s::int, %s::text, %s::text", (7, None, "a'; --")) == [(7, None, "a'; --")]
    assert database.rows("SELECT count(*) FROM pg_prepared_statements", ()) == [(0,)]
    monkeypatch.undo()
    assert db.direct().rows("SELECT count(*) FROM pg_prepared_statements", ()) == [(1,)], "prepared otherwise"


def test_nulls_and_text_go_through() -> None:
    rows = db.Shared().rows("SELECT %s, %s", ("a'; --", None))
    assert rows == [("a'; --", None)]
