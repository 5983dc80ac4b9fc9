"""How many records there were each day, whether or not their rows are still there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Any, Final

from django.db.models import F

from keyturn.licensing.telemetry.models import TelemetryCount, TelemetryRecord

FLAGGED, CLEAN = "flagged", "clean"
# What `keep` must know of a record, in this order.
FIELDS: Final = ("environment", "product", "at", "has_red_flags", "reasons")
# (day, flag): how many. A record counts as flagged or clean, and once for each of its reasons.
Counts = Counter[tuple[date, str]]


def keep(rows: Sequence[tuple[Any, ...]]) -> None:
    """Count records that are about to be removed, in the transaction that removes them."""
    found: Counter[tuple[str, int, date, str]] = Counter()
    for environment, product, at, flagged, reasons in rows:
        for flag in _flags(flagged, reasons):
            found[environment, product or 0, at.astimezone(UTC).date(), flag] += 1
    for (environment, product, day, flag), number in sorted(found.items()):
        key: dict[str, Any] = {"environment": environment, "product_id": product, "day": day, "flag": flag}
        TelemetryCount.objects.get_or_create(**key)
        TelemetryCount.objects.filter(**key).update(records=F("records") + number)


def per_day(environment: str, start: date, product_id: int | None = None) -> Counts:
    """Records by day (UTC) and flag from `start` on, of one product or all, purged ones included."""
    counts: Counts = Counter()
    kept = TelemetryCount.objects.filter(environment=environment, day__gte=start)
    live = TelemetryRecord.objects.filter(environment=environment, at__gte=datetime.combine(start, time_of_day(), UTC))
    if product_id is not None:
        kept, live = kept.filter(product_id=product_id), live.filter(product=product_id)
    for row in kept:
        counts[row.day, row.flag] += row.records
    for at, flagged, reasons in live.values_list("at", "has_red_flags", "reasons").iterator():
        for flag in _flags(flagged, reasons):
            counts[at.astimezone(UTC).date(), flag] += 1
    return counts


def _flags(flagged: bool, reasons: Iterable[str]) -> list[str]:
    return [FLAGGED if flagged else CLEAN, *sorted(set(reasons))]
