"""Names in the order in which people look for them, on both engines: É beside E, capitals beside small letters.

Names in plain ASCII sort by their small letters. `sort_name` holds what the others sort by, so that an index can
hold the order of all of them without the collations of an operating system.
"""

from typing import Any

from django.db import connection
from django.db.models import CharField, F, Model, Value
from django.db.models.functions import Coalesce, Collate, Lower, NullIf

from keyturn.core import sorting


def folded(name: str) -> str | None:
    """What a name sorts by, at most 255 characters; None when its small letters will do."""
    return None if name.isascii() else sorting.folded(name)[:255]


class SortNameField(CharField):  # type: ignore[type-arg]
    """Follows `name` whenever a row is saved or inserted; updates of a QuerySet set both."""

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """The value for the name that is being stored."""
        value = folded(model_instance.name)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value


def sql(alias: str = "t") -> str:
    """The expression that index `customers_by_name` holds; never the same order as a database's own collation."""
    plain = f'{alias}.name COLLATE "C"' if connection.vendor == "postgresql" else f"{alias}.name"
    return f"coalesce({alias}.sort_name, lower({plain}))"


def expression(customer: str) -> Any:
    """The same for the ORM, by the path to the customer; NULL for who has no name."""
    name = NullIf(F(f"{customer}__name"), Value(""))
    if connection.vendor == "postgresql":
        return Coalesce(F(f"{customer}__sort_name"), Lower(Collate(name, "C")))
    return Coalesce(F(f"{customer}__sort_name"), Lower(name))
