"""Rules that the database itself keeps, written once for both engines."""

from collections.abc import Callable, Sequence
from typing import Any

Operation = Callable[[Any, Any], None]


def forbid(table: str, name: str, *, on: Sequence[str], message: str, when: str = "") -> tuple[Operation, Operation]:
    """Forward and backward functions for RunPython that make `table` refuse `on` (UPDATE, DELETE).

    `when` is an SQL condition over OLD and NEW that both engines understand; empty means always.
    """

    def forward(apps: Any, editor: Any) -> None:
        for statement in _create(editor.connection.vendor, table, name, on, message, when):
            editor.execute(statement)

    def backward(apps: Any, editor: Any) -> None:
        for event in on:
            suffix = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
            editor.execute(f"DROP TRIGGER IF EXISTS {name}_{event.lower()}{suffix}")

    return forward, backward


def forbid_truncate(table: str) -> tuple[Operation, Operation]:
    """The same for TRUNCATE, which passes by the rules for rows; `table` has one named `{table}_append_only`.

    SQLite has no such statement.
    """
    trigger = f"{table}_append_only_truncate"

    def forward(apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(
                f"CREATE TRIGGER {trigger} BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
            )

    def backward(apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")

    return forward, backward


def _create(vendor: str, table: str, name: str, on: Sequence[str], message: str, when: str) -> list[str]:
    condition = f"WHEN ({when})" if when else ""
    if vendor == "postgresql":
        function = (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        return [function] + [
            f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {table} "
            f"FOR EACH ROW {condition} EXECUTE FUNCTION {name}()"
            for event in on
        ]
    return [
        f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {table} "
        f"FOR EACH ROW {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for event in on
    ]
