"""Publishing on time."""

from keyturn.access.actors import system
from keyturn.licensing.changelog import services
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule


@schedule(every(minutes=1))
@job(title="Publish changelog entries")
def publish_due(run: Run) -> dict[str, int]:
    """Publish drafts whose time has come (CHL-13)."""
    return {"published": services.publish_due(system("changelog"))}
