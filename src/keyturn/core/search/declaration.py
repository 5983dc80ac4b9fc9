"""Which columns of a table are searched, and the indexes that make it quick."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

Operation = Callable[[Any, Any], None]


@dataclass(frozen=True, slots=True)
class Searched:
    """A table with an integer key `id` and text columns that are never NULL.

    PostgreSQL keeps the folded columns in a generated column `search`; SQLite keeps an FTS5 table
    `<table>_search` in step by triggers.
    """

    table: str
    columns: tuple[str, ...]

    def joined(self, owner: str = "") -> str:
        """SQL for the columns with a line break between them, which no searched term can hold."""
        return " || char(10) || ".join(f"{owner}{column}" for column in self.columns)


def index(searched: Searched) -> tuple[Operation, Operation]:
    """Forward and backward functions for RunPython that make and drop the search of a table.

    A later migration that rebuilds the table on SQLite drops its triggers: run `index` again there.
    """

    def forward(apps: Any, editor: Any) -> None:
        vendor = editor.connection.vendor
        for statement in _postgresql(searched) if vendor == "postgresql" else _sqlite(searched):
            editor.execute(statement, params=None)

    def backward(apps: Any, editor: Any) -> None:
        table = searched.table
        if editor.connection.vendor == "postgresql":
            editor.execute(f"ALTER TABLE {table} DROP COLUMN search", params=None)
            return
        for event in ("insert", "update", "delete"):
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_search_{event}", params=None)
        for suffix in ("places", "terms", "search"):
            editor.execute(f"DROP TABLE {table}_{suffix}", params=None)

    return forward, backward


@contextmanager
def rebuilt(searched: Searched, out: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Leave the search behind while very many rows are written, then bring it up to date at once.

    Searches meanwhile are slow on PostgreSQL and miss the new rows on SQLite.
    """
    with connection.cursor() as cursor:
        for statement in _suspend(searched):
            cursor.execute(statement)
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {searched.table}")
        (last,) = cursor.fetchone()
    try:
        yield
    finally:
        out(f"  indexing {searched.table}")
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql" and connection.in_atomic_block:
                # A table with unchecked foreign keys takes no new index.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for statement in _resume(searched, last):
                cursor.execute(statement)


def _suspend(searched: Searched) -> list[str]:
    name = f"{searched.table}_search"
    if connection.vendor == "postgresql":
        return [f"DROP INDEX {name}_long", f"DROP INDEX {name}_short"]
    return [f"DROP TRIGGER {name}_insert"]


def _resume(searched: Searched, last: int) -> list[str]:
    if connection.vendor == "postgresql":
        return ["SET maintenance_work_mem = '512MB'", *_postgresql(searched)[-2:], "RESET maintenance_work_mem"]
    _, _, _, copy, insert, *_ = _sqlite(searched)
    return [f"{copy} WHERE id > {last}", insert]


def _postgresql(searched: Searched) -> list[str]:
    table = searched.table
    folded = " || E'\\n' || ".join(f"lower({column})" for column in searched.columns)
    # A short pending list: every search reads it from end to end.
    pending = "WITH (gin_pending_list_limit = 512)"
    return [
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        """
        CREATE OR REPLACE FUNCTION short_grams(value text) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
          SELECT array_agg(one) || array_agg(one || two) FILTER (WHERE two IS NOT NULL)
          FROM unnest(string_to_array(value, NULL), (string_to_array(value, NULL))[2:]) AS pair(one, two)
        $$
        """,
        f"ALTER TABLE {table} ADD COLUMN search text GENERATED ALWAYS AS ({folded}) STORED",
        # Steering trusts the planner's estimate of how many rows match; 100 buckets are too few.
        f"ALTER TABLE {table} ALTER COLUMN search SET STATISTICS 3000",
        f"CREATE INDEX {table}_search_long ON {table} USING gin (search gin_trgm_ops) {pending}",
        f"CREATE INDEX {table}_search_short ON {table} USING gin (short_grams(search)) {pending}",
    ]


def _sqlite(searched: Searched) -> list[str]:
    table, search = searched.table, f"{searched.table}_search"

    def body(owner: str) -> str:
        # Two more breaks: every character then starts a trigram, so short terms are prefixes.
        return f"{searched.joined(owner)} || char(10) || char(10)"

    # A verification writes the address it came from, which is mostly the same.
    changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in searched.columns)
    add = f"INSERT INTO {search}(rowid, body) VALUES (new.id, {body('new.')});"
    drop = f"INSERT INTO {search}({search}, rowid, body) VALUES ('delete', old.id, {body('old.')});"
    return [
        f"CREATE VIRTUAL TABLE {search} USING fts5(body, content='', columnsize=0, tokenize='trigram')",
        f"CREATE VIRTUAL TABLE {table}_terms USING fts5vocab({search}, row)",
        f"CREATE VIRTUAL TABLE {table}_places USING fts5vocab({search}, instance)",
        f"INSERT INTO {search}(rowid, body) SELECT id, {body('')} FROM {table}",
        f"CREATE TRIGGER {search}_insert AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {search}_update AFTER UPDATE OF {', '.join(searched.columns)} ON {table} "
        f"WHEN {changed} BEGIN {drop} {add} END",
        f"CREATE TRIGGER {search}_delete AFTER DELETE ON {table} BEGIN {drop} END",
    ]
