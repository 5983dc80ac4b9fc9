"""What the page of retention policies shows: a card a kind, and the policies of the environment."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache

from keyturn.access.actors import Actor
from keyturn.operations.retention import services
from keyturn.operations.retention.models import EntityType, Policy

# In seconds: counts that take long are kept so long.
_LONG, _KEPT = 0.1, 300
_ICONS = {
    EntityType.SYSTEM_LOGS: "scroll-text",
    EntityType.TELEMETRY: "activity",
    EntityType.DELIVERIES: "webhook",
    EntityType.EXECUTIONS: "list-checks",
}


@dataclass(frozen=True)
class Row:
    """A policy, the moment before which rows go, and how many are older now."""

    policy: Policy
    cutoff: datetime
    pending: int


@dataclass(frozen=True)
class Card:
    """A kind of records and its policy, if there is one."""

    entity_type: EntityType
    icon: str
    row: Row | None

    @property
    def value(self) -> str:
        """`90 days`, or that there is no limit."""
        if self.row is None:
            return "No limit"
        return f"{self.row.policy.days} day{'' if self.row.policy.days == 1 else 's'}"

    @property
    def state(self) -> str:
        """Pending with its number, Clean, Paused, or that nothing is purged."""
        if self.row is None:
            return "Kept for ever: no policy"
        if not self.row.policy.is_enabled:
            return f"Paused, {self.row.pending:,} older"
        return f"{self.row.pending:,} Pending" if self.row.pending else "Clean"

    @property
    def tone(self) -> str:
        """How the state is coloured."""
        if self.row is None or not self.row.policy.is_enabled:
            return "idle"
        return "warn" if self.row.pending else "ok"


def shown(actor: Actor) -> dict[str, Any]:
    """Cards, rows and the kinds that have no policy yet, in the actor's environment."""
    found = {one.entity_type: _row(one) for one in Policy.objects.in_scope(actor)}
    cards = [Card(kind, _ICONS[kind], found.get(kind)) for kind in EntityType]
    free = [kind for kind in EntityType if kind not in found]
    return {"cards": cards, "rows": [card.row for card in cards if card.row], "free": free}


def _row(policy: Policy) -> Row:
    before = services.cutoff(policy.days)
    return Row(policy, before, _pending(policy, before))


def _pending(policy: Policy, before: datetime) -> int:
    key = f"retention-{policy.pk}-{policy.days}"
    kept: int | None = cache.get(key)
    if kept is not None:
        return kept
    began = time.monotonic()
    count = services.count_old(policy.environment, policy.entity_type, before)
    if time.monotonic() - began > _LONG:
        cache.set(key, count, _KEPT)
    return count
