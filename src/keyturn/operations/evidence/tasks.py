"""The job that seals the audit trail."""

from keyturn.operations.evidence import sealing
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule


@schedule(every(minutes=5))
@job(queue="bulk", alone=True, timeout=3600, title="Sealing of the audit trail")
def seal_audit_trail(run: Run) -> int:
    """Seal what was recorded since the last time; how many entries."""
    return sealing.seal_all()
