"""Carrying out the policies: short slices, each its own transaction, so that nobody waits behind them."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.operations.retention.entities import Source, entity
from keyturn.operations.retention.models import EntityType, Policy
from keyturn.operations.retention.services import count_old
from keyturn.platform.audit import services as audit

LARGEST: Final = 5000
_FIRST: Final = 500
_SMALLEST: Final = 50
# In seconds, of one slice. On SQLite a verification waits as long as one takes.
_WANTED: Final = {"postgresql": 0.05, "sqlite": 0.015}

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Purged:
    """What came of one policy: rows removed since the run began, interrupted attempts included."""

    policy: Policy
    cutoff: datetime
    rows: int
    seconds: float


class _Stale(Exception):
    """The policy or the rows changed between looking and deleting."""


class Purge:
    """One run over all policies. `report` is told, inside each slice, how many of how many rows are gone.

    After `spell` seconds it stops, with `unfinished` set: whoever waits for the worker comes first.
    """

    def __init__(self, actor: Actor, report: Report, spell: float = math.inf) -> None:
        self.actor, self.report = actor, report
        self.started, self.done, self.total, self.size = now(), 0, 0, _FIRST
        self.until, self.unfinished = time.monotonic() + spell, False

    def run(self, without: Sequence[int] = ()) -> list[Purged]:
        """Carry out every enabled policy but those of these numbers; what came of each that is done."""
        policies = list(Policy.objects.enabled().exclude(pk__in=without))
        self.total = sum(count_old(one.environment, one.entity_type, self._cutoff(one)) for one in policies)
        return [purged for one in policies if (purged := self._carry_out(one)) is not None]

    def _carry_out(self, policy: Policy) -> Purged | None:
        if self.unfinished:
            return None
        Policy.objects.filter(pk=policy.pk, purging_since=None).update(purging_since=now(), purged_rows=0)
        for source in entity(policy.entity_type).sources:
            self._empty(policy.pk, source)
        return None if self.unfinished else self._finish(policy.pk)

    def _empty(self, policy_id: int, source: Source) -> None:
        mark = 0
        while not self.unfinished:
            policy = Policy.objects.enabled().filter(pk=policy_id).first()
            if policy is None:
                return
            rows = self._next(policy, source, mark)
            if not rows:
                return
            try:
                pause = self._slice(policy, source, rows)
            except _Stale:
                continue
            mark = max(row[0] for row in rows)
            self.unfinished = time.monotonic() > self.until
            # Leaves the lock, and the disk, to those who wait. Those of SQLite ask again only now and then.
            time.sleep(pause * (8 if connection.vendor == "sqlite" else 1))

    def _next(self, policy: Policy, source: Source, mark: int) -> list[tuple[Any, ...]]:
        """Some old rows: their numbers, and what is counted of them. Read before anything is locked."""
        old = source.old(policy.environment, self._cutoff(policy))
        old = old.filter(pk__gt=mark).order_by("pk") if source.walk else old.order_by("environment", source.moment)
        return list(old.values_list("pk", *source.fields)[: self.size])

    def _slice(self, policy: Policy, source: Source, rows: list[tuple[Any, ...]]) -> float:
        """Remove these rows; how many seconds that took."""
        with transaction.atomic():
            began = time.monotonic()
            # As it was when the rows were chosen: one that keeps more from now on must not lose any.
            held = Policy.objects.enabled().select_for_update().filter(pk=policy.pk, days=policy.days).first()
            if held is None:
                raise _Stale
            if source.count is not None:
                source.count([row[1:] for row in rows])
            chosen = source.model._default_manager.filter(pk__in=[row[0] for row in rows])
            if chosen._raw_delete(using=connection.alias) != len(rows):
                raise _Stale
            Policy.objects.filter(pk=held.pk).update(purged_rows=F("purged_rows") + len(rows))
            self.report(self.done + len(rows), max(self.total, self.done + len(rows)))
        took = time.monotonic() - began
        self.done += len(rows)
        self.size = _next_size(self.size, took)
        return took

    @transaction.atomic
    def _finish(self, policy_id: int) -> Purged | None:
        policy = Policy.objects.select_for_update().filter(pk=policy_id).first()
        if policy is None or policy.purging_since is None:
            return None
        before = self._cutoff(policy)
        seconds = round((now() - policy.purging_since).total_seconds(), 1)
        purged = Purged(policy, before, policy.purged_rows, seconds)
        changes = {
            "entity_type": policy.entity_type,
            "cutoff": before.isoformat(timespec="seconds"),
            "rows": purged.rows,
            "seconds": seconds,
        }
        entry = audit.Entry(
            "retention.purged",
            ("retention", policy.uuid),
            changes,
            environment=policy.environment,
            note=EntityType(policy.entity_type).label,
        )
        audit.record(self.actor, entry)
        Policy.objects.filter(pk=policy.pk).update(purging_since=None, purged_rows=0)
        return purged

    def _cutoff(self, policy: Policy) -> datetime:
        return self.started - timedelta(days=policy.days)


def _next_size(size: int, took: float) -> int:
    wanted = _WANTED[connection.vendor]
    if took > wanted:
        return max(_SMALLEST, size // 2)
    return min(LARGEST, size * 2) if took < wanted / 3 else size
