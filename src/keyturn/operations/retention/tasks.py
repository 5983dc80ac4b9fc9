"""The daily purge."""

from datetime import time
from typing import Any

from keyturn.operations.analytics import verifications
from keyturn.operations.retention.purging import Purge
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.jobs.timetable import daily, schedule

# In seconds. Then the worker looks whether something more urgent waits.
SPELL = 20.0


@schedule(daily(at=time(2)))
@job(queue="bulk", alone=True, timeout=1800, title="Retention purge")
def purge(run: Run, *, done: list[int] | None = None) -> dict[str, Any]:
    """Remove what the policies no longer keep; rows and seconds of each policy, but those already `done`."""
    # The counters of the dashboard are made from what is about to go.
    verifications.add_up()
    work = Purge(run.actor, run.report, SPELL)
    purged = work.run(without=done or ())
    if work.unfinished:
        enqueue("retention.purge", done=[*(done or ()), *(one.policy.pk for one in purged)])
    return {f"{one.policy.environment}/{one.policy.entity_type}": [one.rows, one.seconds] for one in purged}
