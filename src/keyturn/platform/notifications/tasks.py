"""Delivering notifications, and forgetting old ones."""

from datetime import time, timedelta

from keyturn.core.clock import now
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import daily, every, schedule
from keyturn.platform.notifications import folding
from keyturn.platform.notifications.models import Notification, Raised

KEPT = timedelta(days=180)
# Told once for ever means for as long as anybody may remember it.
_KEYS_KEPT = timedelta(days=800)
# On SQLite nobody else writes while a slice is deleted.
_SLICE = 500


@schedule(every(minutes=1))
@job(title="Notifications")
def fold(run: Run) -> int:
    """Put into the inboxes what waits."""
    return folding.fold()


@schedule(daily(time(2)))
@job(queue="bulk", alone=True, timeout=600, title="Removal of old notifications")
def purge(run: Run) -> int:
    """Remove notifications of more than 180 days, read or not; how many."""
    old, removed = Notification.objects.filter(created_at__lt=now() - KEPT), 0
    while some := list(old.order_by("created_at").values_list("pk", flat=True)[:_SLICE]):
        removed += Notification.objects.filter(pk__in=some).delete()[0]
    Raised.objects.filter(at__lt=now() - _KEYS_KEPT).delete()
    return removed
