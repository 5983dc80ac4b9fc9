"""Queueing jobs, following them, and the admin's retry and delete."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs import kinds, logged, payload
from keyturn.platform.jobs.kinds import PRIORITY, Kind
from keyturn.platform.jobs.models import Execution, Job, Worker
from keyturn.platform.jobs.querysets import JobQuerySet

logger = logging.getLogger("keyturn.jobs")
SILENCE = timedelta(seconds=60)
_SLICE = 200


def enqueue(kind: Kind | str, *, environment: str = "", at: datetime | None = None, **values: Any) -> UUID:
    """Queue a job in the current transaction, to run at once or from `at` on; its UUID.

    `values` is the payload, plain JSON. Raises TypeError when the kind's function does not take it,
    and UnknownKind for a name that no room declares.
    """
    declared = kinds.find(kind) if isinstance(kind, str) else kind
    declared.check(values)
    job = Job.objects.create(
        kind=declared.name,
        queue=declared.queue,
        priority=PRIORITY[declared.queue],
        environment=environment,
        sealed_payload=payload.pack(values),
        run_at=at or now(),
    )
    level = logging.DEBUG if job.queue == "webhooks" else logging.INFO
    transaction.on_commit(lambda: logger.log(level, "job_queued %s %s", job.kind, job.uuid))
    logged.queued(job)
    return job.uuid


def enqueue_many(kind: str, payloads: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Queue a job of one kind for each payload, by one statement; its UUID is the key. As `enqueue`."""
    declared, moment = kinds.find(kind), now()
    for values in payloads.values():
        declared.check(dict(values))
    Job.objects.bulk_create(
        Job(
            uuid=uuid,
            kind=declared.name,
            queue=declared.queue,
            priority=PRIORITY[declared.queue],
            sealed_payload=payload.pack(dict(values)),
            run_at=moment,
        )
        for uuid, values in payloads.items()
    )
    transaction.on_commit(lambda: logger.info("jobs_queued %s %d", declared.name, len(payloads)))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands: `status` is queued, processing, failed or completed."""

    status: str
    processed: int
    total: int
    message: str = ""
    result: Any = None


def progress(uuid: UUID) -> Progress | None:
    """How far a job is, or what came of it; None when it was never queued or was purged."""
    job = Job.objects.filter(uuid=uuid).first()
    if job is not None:
        return Progress(job.status, job.processed, job.total, job.exception if job.failed_at else "")
    done = Execution.objects.filter(job=uuid).recent().first()
    if done is None:
        return None
    return Progress(done.outcome, done.processed, done.total, done.message, done.result)


def retry(actor: Actor, uuids: Iterable[UUID] | None = None) -> int:
    """Put failed jobs (None: all of them) back on their queues, attempts counted anew; how many.

    Of two callers at once each job is counted for, and run by, one.
    """
    return _act(actor, "job.retried", _failed_until_now(), uuids)


def delete(actor: Actor, uuids: Iterable[UUID] | None = None) -> int:
    """Remove failed or queued jobs for good (None: all failed ones); how many. Running ones stay."""
    removable = _failed_until_now() if uuids is None else Job.objects.filter(status__in=("failed", "queued"))
    return _act(actor, "job.deleted", removable, uuids)


def drop(uuid: UUID) -> None:
    """Remove a job that failed or waits, because another one does its work; a running one ends by itself."""
    Job.objects.filter(uuid=uuid).exclude(status=Job.Status.PROCESSING).delete()


@transaction.atomic
def forget(words: Iterable[str]) -> None:
    """Remove failed jobs with one of `words` in the payload, and what failures and results say with one in it."""
    words = list(words)
    for job in Job.objects.failed().iterator():
        if any(word in text for text in payload.texts(payload.unpack(job.sealed_payload)) for word in words):
            Job.objects.failed().filter(pk=job.pk).delete()
    for word in words:
        jobs = Job.objects.filter(Q(exception__icontains=word) | Q(trace__icontains=word))
        jobs.update(exception="Removed: it was about a deleted customer.", trace="")
        told = Execution.objects.annotate(text=Cast("result", TextField()))
        told = told.filter(Q(message__icontains=word) | Q(text__icontains=word))
        told.update(message="Removed: it was about a deleted customer.", result=None)


def _failed_until_now() -> JobQuerySet:
    # A retried job that fails again at once must not be retried by the same click.
    return Job.objects.failed().filter(failed_at__lte=now())


def _act(actor: Actor, action: str, jobs: JobQuerySet, uuids: Iterable[UUID] | None) -> int:
    require(actor, Permission.MANAGE_JOBS)
    done = 0
    # Slices: a long transaction would keep every other writer of an embedded database waiting.
    if uuids is None:
        while part := _act_on_some(actor, action, jobs):
            done += part
        return done
    wanted = list(uuids)
    for start in range(0, len(wanted), _SLICE):
        done += _act_on_some(actor, action, jobs.filter(uuid__in=wanted[start : start + _SLICE]))
    return done


def _act_on_some(actor: Actor, action: str, chosen: JobQuerySet) -> int:
    with transaction.atomic():
        some = list(chosen.order_by("id").select_for_update()[:_SLICE])
        rows = Job.objects.filter(pk__in=[job.pk for job in some])
        if action == "job.deleted":
            rows.delete()
        else:
            rows.update(status=Job.Status.QUEUED, attempts=0, run_at=now(), failed_at=None, exception="", trace="")
        audit.record_many(
            actor,
            [
                audit.Entry(action, ("job", job.uuid), environment=job.environment, note=kinds.title(job.kind))
                for job in some
            ],
        )
    return len(some)


def worker_missing() -> bool:
    """Whether due jobs wait in a queue of which no worker has reported for a minute."""
    moment = now()
    alive = Worker.objects.filter(seen_at__gte=moment - SILENCE).values_list("queues", flat=True)
    served = {queue for queues in alive for queue in queues.split(",")}
    return Job.objects.waiting().filter(run_at__lt=moment - SILENCE).exclude(queue__in=served).exists()
