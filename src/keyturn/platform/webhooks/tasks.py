"""The job that sends."""

from datetime import time

from keyturn.core.clock import now
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.models import Job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.jobs.timetable import daily, every, schedule
from keyturn.platform.webhooks import attempts, outbox, tidying
from keyturn.platform.webhooks.models import Delivery
from keyturn.platform.webhooks.sending import Sender

# Then callbacks of the API have their turn.
SLICE = 30.0


@schedule(daily(at=time(3)))
@job(queue="bulk", alone=True, timeout=3600, title="Removal of webhook events without deliveries")
def forget_lonely(run: Run) -> int:
    """Remove what no delivery needs any more, after retention took the deliveries; how many events."""
    return tidying.forget_lonely()


@schedule(every(minutes=5))
@job(queue="webhooks", timeout=60, title="Webhook sending")
def send(run: Run) -> int:
    """Post what is due, and come back for the rest; how many attempts were made."""
    attempts.free()
    count = Sender(run.claim, run.stop).run(SLICE)
    _come_back()
    return count


def _come_back() -> None:
    """See to it that a job runs when the next attempt is due."""
    nearest = Delivery.objects.waiting().order_by("at").values_list("at", flat=True).first()
    if nearest is None:
        return
    at = max(nearest, now())
    if not Job.objects.filter(kind=outbox.SEND, status=Job.Status.QUEUED, schedule="", run_at__lte=at).exists():
        enqueue(outbox.SEND, at=at)
