"""Columns that the database computes, so that lists can follow an index."""

from typing import Any

from django.db.models import CharField, Func

_FOUR = r"^\d{1,3}(\.\d{1,3}){3}$"


class AddressOrder(Func):
    """An IP address as text that sorts by its numbers, IPv4 first; empty stays empty."""

    arity = 1
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Immutable functions alone: a generated column takes no others."""
        parts = " || ".join(f"lpad(split_part(%(expressions)s, '.', {n}), 3, '0')" for n in (1, 2, 3, 4))
        template = (
            f"(CASE WHEN %(expressions)s = '' THEN '' WHEN %(expressions)s ~ '{_FOUR}' THEN '4' || {parts} "
            "ELSE '6' || %(expressions)s END)"
        )
        return super().as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Digits and dots make a JSON list once the dots are commas between quotes."""
        split = "('[\"' || replace(%(expressions)s, '.', '\",\"') || '\"]')"
        parts = ", ".join(f"json_extract({split}, '$[{n}]')" for n in range(4))
        template = (
            "(CASE WHEN %(expressions)s = '' THEN '' WHEN %(expressions)s NOT GLOB '*[^0-9.]*' "
            "AND length(%(expressions)s) - length(replace(%(expressions)s, '.', '')) = 3 "
            f"THEN printf('4%%%%03d%%%%03d%%%%03d%%%%03d', {parts}) ELSE '6' || %(expressions)s END)"
        )
        return super().as_sql(compiler, connection, template=template, **context)
