"""Reading the queue and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.platform.jobs import kinds

if TYPE_CHECKING:
    from keyturn.platform.jobs.models import Execution, Job  # noqa: F401


@dataclass(frozen=True, slots=True)
class Figures:
    """Jobs that wait or run, those that failed for good, and queues with at least one that waits or runs."""

    active: int
    failed: int
    queues: int


class JobQuerySet(models.QuerySet["Job"]):
    """Questions about jobs; the figures of the page count all environments."""

    def due(self, queues: Sequence[str], moment: datetime) -> Self:
        """Jobs that a worker of `queues` may start, in the order in which it must."""
        waiting = self.filter(status="queued", queue__in=queues, run_at__lte=moment)
        return waiting.order_by("priority", "run_at", "id")

    def without_running(self, alone: Sequence[str]) -> Self:
        """Without those kinds among `alone` of which a job is running."""
        if not alone:
            return self
        running = self.model._default_manager.filter(status="processing", kind__in=alone)
        return self.exclude(kind__in=running.values("kind"))

    def abandoned(self, moment: datetime) -> Self:
        """Running jobs whose worker stopped renewing its lease."""
        return self.filter(status="processing", lease_until__lt=moment)

    def waiting(self) -> Self:
        """Jobs that no worker has started, or that wait for their next attempt."""
        return self.filter(status="queued")

    def active(self) -> Self:
        """Waiting and running jobs, newest first."""
        return self.filter(status__in=("queued", "processing")).order_by("-id")

    def failed(self) -> Self:
        """Jobs that used up their attempts, newest failure first."""
        return self.filter(status="failed").order_by("-failed_at", "-id")

    def search(self, term: str) -> Self:
        """Jobs whose readable name or exception contains `term`."""
        return self.filter(models.Q(kind__in=kinds.titled(term)) | models.Q(exception__icontains=term))

    def figures(self) -> Figures:
        """How many there are, of all environments."""
        found = self.filter(status__in=("queued", "processing")).aggregate(
            active=models.Count("pk"), queues=models.Count("queue", distinct=True)
        )
        return Figures(found["active"], self.filter(status="failed").count(), found["queues"])

    def queue_names(self) -> list[str]:
        """The queues of these jobs, each once, by name."""
        return list(self.order_by("queue").values_list("queue", flat=True).distinct())


class ExecutionQuerySet(models.QuerySet["Execution"]):
    """Questions about finished attempts."""

    def recent(self) -> Self:
        """Newest first."""
        return self.order_by("-finished_at", "-id")

    def notable(self) -> Self:
        """Without what runs all day long and went well."""
        return self.filter(routine=False)

    def search(self, term: str) -> Self:
        """Attempts whose readable name or message contains `term`."""
        return self.filter(models.Q(kind__in=kinds.titled(term)) | models.Q(message__icontains=term))
