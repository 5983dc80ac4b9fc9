"""The loop that queues scheduled jobs when they are due."""

import logging
import threading
from datetime import datetime

from django.db import Error, close_old_connections, connection, transaction

from keyturn.core.clock import now
from keyturn.platform.jobs import kinds, payload
from keyturn.platform.jobs.kinds import PRIORITY
from keyturn.platform.jobs.models import Job, Schedule
from keyturn.platform.jobs.timetable import timetable

logger = logging.getLogger("keyturn.jobs")
PAUSE = 1.0


def run_scheduler(stop: threading.Event) -> None:
    """Queue what is due, once a second, until `stop` is set. Any number of schedulers may run."""
    known = False
    while not stop.is_set():
        try:
            close_old_connections()
            if not known:
                enter_timetable()
                known = True
            fire_due()
        except Error:
            logger.exception("The schedule could not be read; trying again.")
            connection.close()
        stop.wait(PAUSE)
    connection.close()


def enter_timetable() -> None:
    """Write down declared schedules that are new, or whose rhythm changed; others keep their next run."""
    rows = {row.name: row for row in Schedule.objects.all()}
    for name, rhythm in timetable().items():
        row = rows.get(name)
        if row is not None and row.rhythm == rhythm.text:
            continue
        fresh = Schedule(name=name, rhythm=rhythm.text, next_run_at=rhythm.after(now()))
        Schedule.objects.bulk_create(
            [fresh],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["rhythm", "next_run_at"],
        )


def fire_due() -> int:
    """Queue one job for every declared schedule that is due, however many runs were missed; how many."""
    declared = timetable()
    due = Schedule.objects.filter(next_run_at__lte=now(), name__in=declared)
    return sum(_fire(row.name, row.next_run_at, declared[row.name].after(now())) for row in due)


def _fire(name: str, planned: datetime, following: datetime) -> bool:
    kind = kinds.find(name)
    with transaction.atomic():
        # Of several schedulers the one whose UPDATE still finds the planned moment goes on.
        if not Schedule.objects.filter(name=name, next_run_at=planned).update(next_run_at=following):
            return False
        # A run that failed for good makes way; its history stays. One that waits or runs does not.
        Job.objects.failed().filter(schedule=name).delete()
        if Job.objects.filter(schedule=name).exists():
            logger.warning("schedule %s skipped: the run before is not finished", name)
            return False
        Job.objects.create(
            kind=name,
            queue=kind.queue,
            priority=PRIORITY[kind.queue],
            schedule=name,
            sealed_payload=payload.pack({}),
        )
        Schedule.objects.filter(name=name).update(last_run_at=now())
    return True
