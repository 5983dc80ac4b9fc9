"""Removing what no delivery needs any more, in short transactions."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from keyturn.core.clock import now
from keyturn.platform.webhooks.models import Event

_SLICE: Final = 500
# A delivery is written with its event; this is far more than any transaction takes.
_SETTLED: Final = timedelta(days=1)


def forget_lonely() -> int:
    """Remove events without any delivery left, with what they would have told; how many."""
    count, before = 0, now() - _SETTLED
    while part := _forget_some(before):
        count += part
    return count


@transaction.atomic
def _forget_some(before: datetime) -> int:
    lonely = Event.objects.filter(at__lt=before, deliveries=None).order_by("at").values_list("pk", flat=True)
    ids = list(lonely[:_SLICE])
    Event.objects.filter(pk__in=ids).delete()
    return len(ids)
