"""Names in the order in which people look for them, on both engines: É beside E, capitals beside small letters."""

import unicodedata
from typing import Any, Final

from django.db.models import Func, TextField

# Letters of their own, which Unicode does not take apart.
_LIKE: Final = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss"}
_TABLE: Final = str.maketrans(_LIKE)


def folded(name: str) -> str:
    """What a name sorts by: small letters without their marks."""
    if name.isascii():
        return name.lower()
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one)).translate(_TABLE)


class SortName(Func):
    """`folded` of a column, for lists of some thousand rows: no index holds it. Large ones keep it in a column."""

    function = "sort_name"
    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """By a function that each connection is taught once."""
        if getattr(connection, "taught_sort_name", None) is not connection.connection or connection.connection is None:
            connection.ensure_connection()
            connection.connection.create_function("sort_name", 1, _of_any, deterministic=True)
            connection.taught_sort_name = connection.connection
        return self.as_sql(compiler, connection, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """By functions of the server; never in the order of its locale."""
        template = "regexp_replace(normalize(lower(%(expressions)s), NFKD), '[\\u0300-\\u036f]', '', 'g')"
        for letter, like in _LIKE.items():
            template = f"replace({template}, '{letter}', '{like}')"
        return self.as_sql(compiler, connection, template=f'{template} COLLATE "C"', **extra)


def _of_any(value: str | None) -> str | None:
    return None if value is None else folded(value)
