"""The allow-list of what is purged: its tables, which of their rows are old, and how many days are allowed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from keyturn.access.scope import Environment
from keyturn.core.errors import Invalid
from keyturn.licensing.telemetry import counting as telemetry
from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.operations.retention.models import EntityType
from keyturn.platform.jobs.models import Execution
from keyturn.platform.logs.models import LogEntry, RequestLog
from keyturn.platform.webhooks import counting as webhooks
from keyturn.platform.webhooks.models import Delivery

# What an aggregate is made of: the named fields of rows that are about to go.
Count = Callable[[Sequence[tuple[Any, ...]]], None]


@dataclass(frozen=True)
class Source:
    """A table. `moment` is the field that tells the age of a row, `kept` rows that are never old.

    With `walk` rows are taken by their number, for tables without an index on environment and moment.
    `fields` of the rows are given to `count` before they go, in the same transaction.
    """

    model: type[Model]
    moment: str = "at"
    kept: Q | None = None
    walk: bool = False
    fields: tuple[str, ...] = ()
    count: Count | None = None

    def old(self, environment: str, cutoff: datetime) -> "QuerySet[Any]":
        """Rows from strictly before `cutoff`; those without an environment follow Production."""
        places = [environment, ""] if environment == Environment.PRODUCTION else [environment]
        rows = self.model._default_manager.filter(**{"environment__in": places, f"{self.moment}__lt": cutoff})
        return rows.exclude(self.kept) if self.kept else rows


@dataclass(frozen=True)
class Entity:
    """A kind of records. `choices` are the only days allowed, where there are some."""

    sources: tuple[Source, ...]
    default: int
    longest: int = 365
    choices: tuple[int, ...] = ()

    @property
    def limits(self) -> str:
        """In words, which days are allowed."""
        if self.choices:
            *most, last = map(str, self.choices)
            return f"{', '.join(most)} or {last}"
        return f"1 to {self.longest}"

    def check(self, raw: Any) -> int:
        """The days. Raises Invalid for anything that is not allowed."""
        text = str(raw).strip()
        days = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
        if days not in self.choices if self.choices else not 1 <= days <= self.longest:
            if self.choices:
                raise Invalid({"days": [f"Enter {self.limits} days."]})
            raise Invalid({"days": [f"Enter a whole number of days from 1 to {self.longest}."]})
        return days


ENTITIES: Final = {
    EntityType.SYSTEM_LOGS: Entity((Source(LogEntry), Source(RequestLog, walk=True)), default=90),
    EntityType.TELEMETRY: Entity(
        (Source(TelemetryRecord, fields=telemetry.FIELDS, count=telemetry.keep),), default=90, longest=730
    ),
    EntityType.DELIVERIES: Entity(
        (Source(Delivery, kept=Q(status="pending"), fields=webhooks.FIELDS, count=webhooks.keep),),
        default=30,
        choices=(7, 15, 30),
    ),
    EntityType.EXECUTIONS: Entity((Source(Execution, moment="finished_at"),), default=30),
}


def entity(name: str) -> Entity:
    """The kind of that name. Raises Invalid for anything that is not on the list."""
    try:
        return ENTITIES[EntityType(name)]
    except ValueError as error:
        raise Invalid({"entity_type": ["Choose one of the list."]}) from error
