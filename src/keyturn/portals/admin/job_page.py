"""What stands around the lists of background jobs: tabs, figures, active jobs, the timetable."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from keyturn.core.clock import now
from keyturn.platform.jobs import kinds
from keyturn.platform.jobs.models import Job, Schedule
from keyturn.platform.jobs.services import worker_missing
from keyturn.platform.jobs.timetable import timetable
from keyturn.portals.admin.job_list import REFRESH

SHOWN = 10
_TABS = (("Jobs", "admin:jobs"), ("Recent results", "admin:job_results"), ("Schedule", "admin:job_schedule"))


@dataclass(frozen=True)
class Task:
    """A scheduled kind: when it runs, and what came of its last run. Moments are None until known."""

    title: str
    rhythm: str
    last_run_at: datetime | None
    outcome: str
    message: str
    next_run_at: datetime | None


def frame(current: str) -> dict[str, Any]:
    """What every tab shows."""
    tabs = [(label, reverse(route), route == current) for label, route in _TABS]
    return {"section": "Background Jobs", "tabs": tabs, "seconds": REFRESH, **figures()}


def figures() -> dict[str, Any]:
    """The three figures of all environments, and whether a worker is missing (JOB-01, JOB-17)."""
    return {"figures": Job.objects.figures(), "worker_missing": worker_missing()}


def active() -> dict[str, Any]:
    """The latest jobs that wait or run."""
    return {"active": Job.objects.active()[:SHOWN], "now": now()}


def tasks() -> list[Task]:
    """Every scheduled task, the next one first."""
    rows = {row.name: row for row in Schedule.objects.all()}
    found = list(_tasks(rows))
    return sorted(found, key=lambda task: (task.next_run_at is None, task.next_run_at, task.title))


def _tasks(rows: dict[str, Schedule]) -> Iterator[Task]:
    for name, rhythm in timetable().items():
        row = rows.get(name) or Schedule(name=name)
        yield Task(kinds.title(name), rhythm.text, row.last_run_at, row.last_outcome, row.last_message, row.next_run_at)
