"""The daily purge."""

from datetime import time
from typing import Any

from keyturn.operations.analytics import verifications
from keyturn.operations.retention.purging import Purge
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import daily, schedule


@schedule(daily(at=time(2)))
@job(queue="bulk", timeout=4 * 3600, title="Retention purge")
def purge(run: Run) -> dict[str, Any]:
    """Remove what the policies no longer keep; rows and seconds of each policy."""
    # The counters of the dashboard are made from what is about to go.
    verifications.add_up()
    purged = Purge(run.actor, run.report).run()
    return {f"{one.policy.environment}/{one.policy.entity_type}": [one.rows, one.seconds] for one in purged}
