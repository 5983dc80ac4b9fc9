"""The daily purge."""

from datetime import time
from typing import Any

from django.db.models import Q

from keyturn.operations.analytics import verifications
from keyturn.operations.retention.purging import Purge
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.models import Job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.jobs.timetable import daily, schedule

# In seconds. Then the worker looks whether something more urgent waits.
SPELL = 20.0


@schedule(daily(at=time(2)))
@job(queue="bulk", alone=True, timeout=1800, title="Retention purge")
def purge(run: Run, *, done: list[int] | None = None) -> dict[str, Any]:
    """Remove what the policies no longer keep; rows and seconds of each policy, but those already `done`."""
    if _is_under_way(run):
        return {}
    # The counters of the dashboard are made from what is about to go.
    verifications.add_up()
    work = Purge(run.actor, run.report, SPELL)
    purged = work.run(without=done or ())
    if work.unfinished:
        enqueue("retention.purge", done=[*(done or ()), *(one.policy.pk for one in purged)])
    return {f"{one.policy.environment}/{one.policy.entity_type}": [one.rows, one.seconds] for one in purged}


def _is_under_way(run: Run) -> bool:
    """Whether another purge began before this one and is not through."""
    mine = Job.objects.get(uuid=run.uuid)
    before = Q(started_at__lt=mine.started_at) | Q(started_at=mine.started_at, pk__lt=mine.pk)
    return Job.objects.filter(before, kind=run.kind, status=Job.Status.PROCESSING).exists()
