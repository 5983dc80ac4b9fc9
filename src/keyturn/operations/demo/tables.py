"""Writing very many new rows: COPY on PostgreSQL, slices of executemany on SQLite."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max, Model

_SLICE = 5_000
Out = Callable[[str], None]


def next_id(model: type[Model]) -> int:
    """The first id that is free at the end of the table."""
    return int(model._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1


def insert(model: type[Model], rows: Iterable[Mapping[str, Any]], out: Out, every: int = 250_000) -> int:
    """Write new rows given by attribute names; what a row leaves out gets the field's default.

    Returns how many. Rows carry their own `id`; the sequence is set right at the end.
    """
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    names = [field.attname for field in fields]
    defaults = {field.attname: field.get_default() for field in fields}
    columns = ", ".join(field.column for field in fields)
    convert = _identity if connection.vendor == "postgresql" else _plain
    written = 0
    source = iter(rows)
    while batch := [[convert(row.get(name, defaults[name])) for name in names] for row in islice(source, _SLICE)]:
        _write(model._meta.db_table, columns, batch)
        written += len(batch)
        if written % every < _SLICE and written >= every:
            out(f"  {written:,} {model._meta.verbose_name_plural}")
    _set_sequence(model)
    return written


def analyze(*models: type[Model]) -> None:
    """Let the planner look at what was written."""
    with connection.cursor() as cursor:
        for model in models:
            if connection.vendor == "postgresql":
                command = "ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE"
                cursor.execute(f"{command} {model._meta.db_table}")


def _write(table: str, columns: str, batch: list[list[Any]]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in batch:
                copy.write_row(row)
        return
    marks = ", ".join(["%s"] * len(batch[0]))
    # A slice is a transaction: whoever waits behind it does not wait for the whole load.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", batch)  # noqa: S608


def _identity(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, UUID):
        return value.hex
    return _identity(value)


def _set_sequence(model: type[Model]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
