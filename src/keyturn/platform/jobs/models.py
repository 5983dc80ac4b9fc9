"""The queue, what came of its jobs, who works on it, and when scheduled jobs are due."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.platform.jobs import kinds
from keyturn.platform.jobs.querysets import ExecutionQuerySet, JobQuerySet


class Job(models.Model):
    """One job that waits, runs or has failed; a completed one leaves only its Execution.

    `claim` is the fence: each attempt has its own, and writes on behalf of an attempt change the row
    only where it still stands. The payload may hold personal data and one-time tokens, so it is sealed.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        PROCESSING = "processing", "Processing"
        FAILED = "failed", "Failed"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=80)
    queue = models.CharField(max_length=20)
    priority = models.SmallIntegerField()
    environment = models.CharField(max_length=12, blank=True)
    schedule = models.CharField(max_length=80, blank=True)
    sealed_payload = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.SmallIntegerField(default=0)
    run_at = models.DateTimeField(default=now)
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    processed = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    exception = models.CharField(max_length=500, blank=True)
    trace = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        db_table = "jobs"
        constraints = [
            models.UniqueConstraint(fields=["schedule"], condition=~Q(schedule=""), name="jobs_one_per_schedule"),
        ]
        indexes = [
            models.Index(fields=["priority", "run_at", "id"], condition=Q(status="queued"), name="jobs_queued"),
            models.Index(fields=["lease_until"], condition=Q(status="processing"), name="jobs_processing"),
            models.Index(fields=["-failed_at", "-id"], condition=Q(status="failed"), name="jobs_failed"),
        ]

    @property
    def title(self) -> str:
        """What people read for its kind."""
        return kinds.title(self.kind)


class Execution(models.Model):
    """One finished attempt at a job: the Job Execution Log that retention purges.

    `routine`: it came by the timetable, more often than daily, and went well at once.
    """

    class Outcome(models.TextChoices):
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    job = models.UUIDField()
    kind = models.CharField(max_length=80)
    queue = models.CharField(max_length=20)
    environment = models.CharField(max_length=12, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    attempt = models.SmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(default=now)
    message = models.CharField(max_length=500, blank=True)
    processed = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    result = models.JSONField(null=True)
    routine = models.BooleanField(default=False, db_default=False)

    objects = ExecutionQuerySet.as_manager()

    class Meta:
        db_table = "job_executions"
        indexes = [
            models.Index(fields=["job"], name="job_executions_job"),
            models.Index(fields=["-finished_at", "-id"], name="job_executions_finished"),
            # Routine is nearly all of it, and nobody looks for it.
            models.Index(fields=["-finished_at", "-id"], condition=Q(routine=False), name="job_executions_notable"),
            # Retention deletes along this one.
            models.Index(fields=["environment", "finished_at"], name="job_executions_retention"),
        ]

    @property
    def title(self) -> str:
        """What people read for its kind."""
        return kinds.title(self.kind)

    @property
    def duration(self) -> timedelta:
        """How long the attempt took."""
        return self.finished_at - self.started_at


class Worker(models.Model):
    """A worker process and when it last reported."""

    name = models.CharField(max_length=100, primary_key=True)
    queues = models.CharField(max_length=100)
    started_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "job_workers"


class Schedule(models.Model):
    """When a scheduled kind is due next, and what came of its last run."""

    name = models.CharField(max_length=80, primary_key=True)
    rhythm = models.CharField(max_length=40)
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=10, choices=Execution.Outcome, blank=True)
    last_message = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "job_schedules"
