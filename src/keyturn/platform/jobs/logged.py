"""Jobs in the system log (LOG-05). What runs by itself or for each webhook is detail, for debugging."""

from functools import cache

from keyturn.platform.jobs import kinds
from keyturn.platform.jobs.models import Job
from keyturn.platform.jobs.timetable import timetable
from keyturn.platform.logs import writer
from keyturn.platform.logs.lines import DEBUG, INFO, Line
from keyturn.platform.logs.models import Category


@cache
def _by_themselves() -> frozenset[str]:
    return frozenset(timetable())


def queued(job: Job) -> None:
    """Once the transaction has happened."""
    writer.after_commit(_line(job, "job_queued", "A job was queued"))


def completed(job: Job) -> None:
    """Log that a job has done its work."""
    writer.emit(_line(job, "job_completed", "A job was completed"))


def _line(job: Job, action: str, message: str) -> Line:
    return Line(
        Category.JOBS,
        action,
        DEBUG if job.kind in _by_themselves() or job.queue == "webhooks" else INFO,
        message,
        environment=job.environment,
        resource_kind="job",
        resource_id=str(job.uuid),
        user_kind="system",
        user_label="jobs",
        context={"job": kinds.title(job.kind), "queue": job.queue, "attempt": job.attempts},
    )
