"""Removing deliveries that are old enough, in short transactions, and counting them first."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyturn.core.clock import now
from keyturn.platform.preferences import services as preferences
from keyturn.platform.webhooks.models import Delivery, DeliveryCount, Event

_SLICE: Final = 500


def purge() -> int:
    """Remove attempts made before the days that the settings keep, and events without any; how many attempts."""
    before = now() - timedelta(days=int(preferences.text("webhooks.retention_days")))
    count = 0
    while part := _purge_some(before):
        count += part
    while _forget_some(before):
        pass
    return count


@transaction.atomic
def _purge_some(before: datetime) -> int:
    old = Delivery.objects.filter(at__lt=before).exclude(status=Delivery.Status.PENDING).order_by("at")
    rows = list(old.only("pk", "webhook_uuid", "environment", "at", "status")[:_SLICE])
    _count(rows)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _count(rows: list[Delivery]) -> None:
    found: Counter[tuple[UUID, str, date, str]] = Counter(
        (row.webhook_uuid, row.environment, row.at.astimezone(UTC).date(), str(row.status)) for row in rows
    )
    for (webhook, environment, day, status), number in found.items():
        field = "succeeded" if status == Delivery.Status.SUCCESS else "failed"
        DeliveryCount.objects.get_or_create(webhook_uuid=webhook, day=day, defaults={"environment": environment})
        DeliveryCount.objects.filter(webhook_uuid=webhook, day=day).update(**{field: F(field) + number})


@transaction.atomic
def _forget_some(before: datetime) -> int:
    lonely = Event.objects.filter(at__lt=before, deliveries=None).order_by("at").values_list("pk", flat=True)
    ids = list(lonely[:_SLICE])
    Event.objects.filter(pk__in=ids).delete()
    return len(ids)
