"""How many attempts succeeded and failed, whether or not their rows are still there."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from keyturn.platform.webhooks.models import Delivery, DeliveryCount

# What `keep` must know of an attempt, in this order.
FIELDS: Final = ("webhook_uuid", "environment", "at", "status")
Tally = tuple[int, int]
"""How many succeeded, and how many failed."""


def keep(rows: Sequence[tuple[Any, ...]]) -> None:
    """Count finished attempts that are about to be removed, in the transaction that removes them."""
    found: Counter[tuple[UUID, str, date, str]] = Counter(
        (webhook, environment, at.astimezone(UTC).date(), str(status)) for webhook, environment, at, status in rows
    )
    for (webhook, environment, day, status), number in sorted(found.items()):
        field = "succeeded" if status == Delivery.Status.SUCCESS else "failed"
        DeliveryCount.objects.get_or_create(webhook_uuid=webhook, day=day, defaults={"environment": environment})
        DeliveryCount.objects.filter(webhook_uuid=webhook, day=day).update(**{field: F(field) + number})


def per_day(webhook: UUID) -> dict[date, Tally]:
    """The attempts of a webhook on each day (UTC) that had some, purged ones included."""
    days: Counter[tuple[date, str]] = Counter()
    live = Delivery.objects.filter(webhook_uuid=webhook).exclude(status=Delivery.Status.PENDING)
    by_day = live.order_by().values_list(TruncDate("at", tzinfo=UTC), "status").annotate(number=Count("pk"))
    for day, status, number in by_day:
        days[day, str(status)] += number
    for row in DeliveryCount.objects.filter(webhook_uuid=webhook):
        days[row.day, "success"] += row.succeeded
        days[row.day, "failed"] += row.failed
    return {day: (days[day, "success"], days[day, "failed"]) for day in sorted({day for day, _ in days})}


def total(webhook: UUID) -> Tally:
    """The attempts of a webhook since it exists, purged ones included."""
    live = Delivery.objects.filter(webhook_uuid=webhook)
    purged = DeliveryCount.objects.filter(webhook_uuid=webhook).aggregate(good=Sum("succeeded"), bad=Sum("failed"))
    return (
        live.filter(status=Delivery.Status.SUCCESS).count() + (purged["good"] or 0),
        live.filter(status=Delivery.Status.FAILED).count() + (purged["bad"] or 0),
    )
