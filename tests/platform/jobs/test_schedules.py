"""Scheduled jobs."""

from datetime import UTC, datetime, time, timedelta

import pytest
from tests.jobs import LEASE
from tests.platform.jobs.room import tasks

from keyturn.core import clock
from keyturn.platform.jobs import claims
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.jobs.models import Execution, Job, Schedule
from keyturn.platform.jobs.scheduler import enter_timetable, fire_due
from keyturn.platform.jobs.timetable import daily, every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold"), pytest.mark.spec("JOB-16")]
NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _entered() -> None:
    with clock.fixed(NOON):
        enter_timetable()
    Schedule.objects.exclude(name__in=[tasks.tick.name, tasks.purge.name]).delete()


def _fire(moment: datetime) -> list[str]:
    before = set(Job.objects.values_list("pk", flat=True))
    with clock.fixed(moment):
        fire_due()
    return [job.schedule for job in Job.objects.exclude(pk__in=before)]


def _work(moment: datetime, error: Exception | None = None) -> None:
    with clock.fixed(moment):
        job = claims.claim(QUEUES, LEASE)
        assert job is not None
        assert claims.fail(job, error) if error else claims.complete(job)


def test_rhythms() -> None:
    assert every(minutes=15).after(NOON) == datetime(2026, 11, 21, 12, 15, tzinfo=UTC)
    assert every(minutes=1).after(datetime(2026, 11, 21, 12, tzinfo=UTC)).minute == 1
    assert daily(time(2)).after(NOON) == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert daily(time(2)).after(datetime(2026, 11, 21, 1, tzinfo=UTC)) == datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_it_fires_when_due_and_not_before() -> None:
    assert _fire(NOON) == []
    assert _fire(NOON + timedelta(seconds=30)) == ["room.tick"]
    assert _fire(NOON + timedelta(seconds=31)) == []
    _work(NOON + timedelta(seconds=32))
    assert _fire(NOON + timedelta(seconds=90)) == ["room.tick"]


def test_runs_missed_during_downtime_happen_once() -> None:
    assert sorted(_fire(NOON + timedelta(days=3))) == ["room.purge", "room.tick"]
    assert _fire(NOON + timedelta(days=3)) == []
    assert Schedule.objects.get(name="room.purge").next_run_at == datetime(2026, 11, 25, 2, tzinfo=UTC)


def test_a_run_never_overlaps_the_one_before() -> None:
    for minute in range(1, 4):
        _fire(NOON + timedelta(minutes=minute))
    assert Job.objects.filter(schedule="room.tick").count() == 1


def test_a_failed_run_leaves_its_result_and_makes_way_for_the_next() -> None:
    _fire(NOON + timedelta(minutes=1))
    _work(NOON + timedelta(minutes=1, seconds=1), ValueError("no disk"))
    row = Schedule.objects.get(name="room.tick")
    assert (row.last_outcome, row.last_message) == ("failed", "ValueError: no disk")
    assert row.last_run_at == NOON + timedelta(minutes=1)
    assert _fire(NOON + timedelta(minutes=2)) == ["room.tick"]
    assert not Job.objects.failed().exists()
    assert Execution.objects.count() == 1
    _work(NOON + timedelta(minutes=2, seconds=1))
    row.refresh_from_db()
    assert (row.last_outcome, row.last_message) == ("completed", "")


def test_a_changed_rhythm_is_taken_over_and_a_kept_one_keeps_its_next_run() -> None:
    missed = NOON - timedelta(days=2)
    Schedule.objects.update(next_run_at=missed)
    Schedule.objects.filter(name="room.tick").update(rhythm="every 5 minutes")
    with clock.fixed(NOON):
        enter_timetable()
    assert Schedule.objects.get(name="room.tick").next_run_at == datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    assert Schedule.objects.get(name="room.purge").next_run_at == missed


@pytest.mark.spec("JOB-06")
def test_what_runs_all_day_and_goes_well_at_once_is_routine() -> None:
    _fire(NOON + timedelta(minutes=1))
    _work(NOON + timedelta(minutes=1), OSError("no disk"))
    Job.objects.all().delete()
    _fire(NOON + timedelta(minutes=2))
    _work(NOON + timedelta(minutes=2))
    _fire(NOON + timedelta(days=1))
    for _ in range(2):
        _work(NOON + timedelta(days=1))
    found = Execution.objects.order_by("id").values_list("kind", "outcome", "routine")
    assert list(found)[:2] == [("room.tick", "failed", False), ("room.tick", "completed", True)]
    assert sorted(found[2:]) == [("room.purge", "completed", False), ("room.tick", "completed", True)]
