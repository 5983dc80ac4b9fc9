"""How much of its rate limit a key needs, out of the log of requests."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncMinute

from keyturn.core.clock import now
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.logs.models import RequestLog

SUSTAINED: Final = 5  # minutes
SHARES: Final = (100, 80)  # percent


def busy_keys() -> list[tuple[ApiKey, int]]:
    """Keys that needed a share of their limit in each of the last five whole minutes: the highest share of each."""
    limited = {key.pk: key for key in ApiKey.objects.filter(is_active=True, rate_limit__gt=0)}
    end = now().replace(second=0, microsecond=0)
    start = end - timedelta(minutes=SUSTAINED)
    counts = _counts(start, end)
    found = []
    for pk, minutes in counts.items():
        key, least = limited.get(pk), min(minutes.values())
        if key is None or len(minutes) < SUSTAINED:
            continue
        share = next((one for one in SHARES if least * 100 >= key.rate_limit * one), 0)
        if share:
            found.append((key, share))
    return found


def _counts(start: datetime, end: datetime) -> dict[int, Counter[datetime]]:
    """Requests of each key in each minute."""
    rows = RequestLog.objects.filter(pk__gte=_first_since(start), at__gte=start, at__lt=end, api_key_id__isnull=False)
    grouped = rows.annotate(minute=TruncMinute("at")).values_list("api_key_id", "minute").annotate(count=Count("pk"))
    counts: dict[int, Counter[datetime]] = defaultdict(Counter)
    for pk, minute, count in grouped.order_by():
        counts[pk][minute] = count
    return counts


def _first_since(at: datetime) -> int:
    """About the number of the first request since `at`: the log has no index but its numbers, which rise with time."""
    newest = RequestLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    low, high = 0, newest
    while low < high:
        middle = (low + high) // 2
        row = RequestLog.objects.filter(pk__gte=middle).order_by("pk").values_list("at", flat=True).first()
        if row is None or row >= at:
            high = middle
        else:
            low = middle + 1
    return low
