"""Keeping the dashboard's figures up to date."""

from keyturn.operations.analytics import alarms, days, verifications
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule
from keyturn.platform.preferences.zone import in_application_zone


@schedule(every(minutes=1))
@job(timeout=300, title="Verification counters")
def add_up(run: Run) -> dict[str, int]:
    """Add up the verifications logged since the last time; alert where too many failed."""
    passed = verifications.add_up()
    return {"requests": passed, "alerts": alarms.failed_verifications()}


@schedule(every(minutes=5))
@job(timeout=300, title="Dashboard figures")
def keep_figures(run: Run) -> None:
    """Count products, licenses and activations of every environment."""
    with in_application_zone():
        days.keep_figures()
