"""What the counters of verifications tell admins by themselves."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Sum

from keyturn.core.clock import now
from keyturn.operations.analytics.models import VerificationCount
from keyturn.platform.notifications import intake
from keyturn.platform.notifications.kinds import LEADS, Type
from keyturn.platform.notifications.notices import Notice
from keyturn.platform.preferences import services as preferences

_HOUR: Final = timedelta(hours=1)


def failed_verifications() -> int:
    """Alert where more verifications failed in this hour, or in the last, than the settings bear (NTF-14); how many.

    The last hour is looked at again because its end is added up in this one.
    """
    threshold = preferences.get("notifications.failed_verifications")
    if not threshold:
        return 0
    hour = now().replace(minute=0, second=0, microsecond=0)
    told = [
        _alert(environment, start, failed)
        for start in (hour - _HOUR, hour)
        for environment, failed in _failed(start)
        if failed >= threshold
    ]
    intake.tell_new(told)
    return len(told)


def _failed(start: datetime) -> list[tuple[str, int]]:
    rows = VerificationCount.objects.filter(starts_at__gte=start, starts_at__lt=start + _HOUR)
    return list(rows.order_by().values_list("environment").annotate(count=Sum("failed")))


def _alert(environment: str, start: datetime, failed: int) -> Notice:
    return Notice(
        Type.SECURITY,
        "verifications.failed",
        "Many verifications fail",
        f"{failed:,} so far in the hour from {start:%H:%M} UTC. Guessed keys or a broken release look like this.",
        environment=environment,
        roles=tuple(sorted(LEADS)),
        link=("dashboard", ""),
        once=f"verifications.failed:{environment}:{start:%Y-%m-%dT%H}",
    )
