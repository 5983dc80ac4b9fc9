"""The life of a job in the table. Each change is one short transaction with exactly one winner."""

import logging
import traceback
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from keyturn.access.actors import system
from keyturn.core.clock import now
from keyturn.core.redaction import redact
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs import kinds, logged, timetable
from keyturn.platform.jobs.models import Execution, Job, Schedule
from keyturn.platform.jobs.querysets import JobQuerySet
from keyturn.platform.jobs.runs import Hopeless

logger = logging.getLogger("keyturn.jobs")
# What took longer than this is worth a look, however often it runs.
_LONG = timedelta(seconds=10)
LOST = "The worker stopped in the middle of this attempt."


def claim(queues: Sequence[str], lease: timedelta) -> Job | None:
    """Give the caller the next due job for `lease`, or None when nothing is due."""
    alone = kinds.alone(queues)
    # Looking first keeps an idle worker from taking SQLite's write lock twice a second.
    if not Job.objects.due(queues, now()).without_running(alone).exists():
        return None
    with transaction.atomic():
        job = Job.objects.due(queues, now()).without_running(alone).select_for_update(skip_locked=True).first()
        if job is None or (job.kind in alone and _has_begun(job.kind)):
            return None
        job.status, job.claim, job.attempts = Job.Status.PROCESSING, uuid4(), job.attempts + 1
        job.started_at, job.lease_until = now(), now() + lease
        job.save(update_fields=["status", "claim", "attempts", "started_at", "lease_until"])
    return job


def renew(held: UUID, lease: timedelta) -> bool:
    """Lengthen the lease of the attempt `held`; False when it is no longer the job's attempt."""
    return bool(_held(held).update(lease_until=now() + lease))


def complete(job: Job, result: Any = None) -> bool:
    """Remove a job that has done its work; False when the attempt had been taken away."""
    with transaction.atomic():
        fresh = _held(job.claim).select_for_update().first()
        if fresh is None:
            return False
        _record(fresh, Execution.Outcome.COMPLETED, result=result)
        fresh.delete()
    logged.completed(job)
    # What is done every minute would bury the rest.
    level = logging.DEBUG if job.queue == "webhooks" or job.schedule else logging.INFO
    logger.log(level, "job_completed %s %s attempt=%d", job.kind, job.uuid, job.attempts)
    return True


def fail(job: Job, error: BaseException, secrets: Iterable[str] = ()) -> bool:
    """End an attempt that raised `error`; False when the attempt had been taken away."""
    known = list(secrets)
    # What is hopeless was worded for people; anything else is told with its class.
    text = str(error) if isinstance(error, Hopeless) else f"{type(error).__name__}: {error}"
    message = redact((text.splitlines() or [""])[0], known)
    trace = redact("".join(traceback.format_exception(error)), known)
    return _end(job, message, trace, hopeless=isinstance(error, Hopeless))


def reclaim() -> int:
    """Put the jobs of dead workers back, or among the failed ones; how many."""
    if not Job.objects.abandoned(now()).exists():
        return 0
    return sum(_end(job, LOST, LOST, lost=True) for job in Job.objects.abandoned(now())[:100])


def _end(job: Job, message: str, trace: str, *, lost: bool = False, hopeless: bool = False) -> bool:
    with transaction.atomic():
        held = _held(job.claim)
        if lost:
            held = held.abandoned(now())
        fresh = held.select_for_update(skip_locked=lost).first()
        if fresh is None:
            return False
        fresh.exception, fresh.trace = message[:500], trace
        _record(fresh, Execution.Outcome.FAILED)
        pause = None if hopeless else _pause(fresh, lost)
        if pause is None:
            fresh.status, fresh.failed_at = Job.Status.FAILED, now()
            _alert(fresh)
        else:
            fresh.status, fresh.run_at = Job.Status.QUEUED, now() + pause
        fresh.claim = fresh.lease_until = None
        fresh.save()
    final = fresh.status == Job.Status.FAILED
    level, what = (logging.ERROR, "job_failed") if final else (logging.WARNING, "job attempt failed")
    logger.log(level, "%s %s %s attempt=%d: %s", what, job.kind, job.uuid, job.attempts, message)
    return True


def _pause(job: Job, lost: bool) -> timedelta | None:
    """How long until the next attempt; None when there is none."""
    try:
        kind = kinds.find(job.kind)
    except kinds.UnknownKind:
        return None
    if job.attempts >= kind.attempts:
        return None
    # A dead worker is no fault of the job, and its lease has already been waited for.
    return timedelta() if lost else kind.backoff(job.attempts)


def _has_begun(kind: str) -> bool:
    """Whether another worker has claimed a job of `kind` since; whoever asks is the only one until he commits."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"keyturn.jobs.{kind}"])
    return Job.objects.filter(kind=kind, status=Job.Status.PROCESSING).exists()


def _held(attempt: UUID | None) -> JobQuerySet:
    return Job.objects.filter(claim=attempt, status=Job.Status.PROCESSING)


def _record(job: Job, outcome: Execution.Outcome, result: Any = None) -> None:
    good, began = outcome == Execution.Outcome.COMPLETED, job.started_at or job.created_at
    message = "" if good else job.exception
    Execution.objects.create(
        job=job.uuid,
        kind=job.kind,
        queue=job.queue,
        environment=job.environment,
        outcome=outcome,
        attempt=job.attempts,
        started_at=began,
        message=message,
        processed=job.processed,
        total=job.total,
        result=result,
        routine=good and job.attempts == 1 and timetable.often(job.kind) and now() - began < _LONG,
    )
    if job.schedule:
        Schedule.objects.filter(name=job.schedule).update(last_outcome=outcome, last_message=message)


def _alert(job: Job) -> None:
    """The event from which the alert to the admins is made."""
    entry = audit.Entry("job.failed", ("job", job.uuid), environment=job.environment, note=kinds.title(job.kind))
    audit.record(system("jobs"), entry)
