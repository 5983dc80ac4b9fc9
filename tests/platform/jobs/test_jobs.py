"""One job's way through the table, with the clock in hand."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from tests.jobs import LEASE, Work
from tests.platform.jobs.room import tasks

from keyturn.core import clock
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs import claims, kinds
from keyturn.platform.jobs.kinds import QUEUES, exponential, pauses
from keyturn.platform.jobs.models import Execution, Job
from keyturn.platform.jobs.runs import Interrupted, Run
from keyturn.platform.jobs.services import enqueue, progress

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold")]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _claimed(moment: datetime = NOON) -> Job:
    with clock.fixed(moment):
        job = claims.claim(QUEUES, LEASE)
    assert job is not None
    return job


def test_a_job_that_is_rolled_back_never_was(work: Work) -> None:
    with transaction.atomic():
        enqueue(tasks.counting, total=10)
        transaction.set_rollback(True)
    assert work() == 0


def test_a_payload_the_function_does_not_take_is_refused_at_once() -> None:
    with pytest.raises(TypeError):
        enqueue(tasks.counting, count=10)
    with pytest.raises(TypeError):
        enqueue(tasks.counting, total=uuid4())
    with pytest.raises(kinds.UnknownKind):
        enqueue("room.nothing")
    assert not Job.objects.exists()


@pytest.mark.spec("JOB-07")
def test_order_is_by_queue_and_then_by_age() -> None:
    queued = [enqueue(kind) for kind in (tasks.sweep, tasks.tick, tasks.alarm) for _ in range(2)]
    order = [claims.claim(QUEUES, LEASE) for _ in range(7)]
    assert [job and job.uuid for job in order] == [*queued[4:], *queued[2:4], *queued[:2], None]


def test_a_long_job_leaves_room_for_one_of_another_kind() -> None:
    for kind in ("room.lonely", "room.lonely", "room.sweep"):
        enqueue(kind, **({"file": ""} if kind == "room.lonely" else {}))
    first, second = claims.claim(QUEUES, LEASE), claims.claim(QUEUES, LEASE)
    assert first
    assert second
    assert [first.kind, second.kind] == ["room.lonely", "room.sweep"]
    assert claims.claim(QUEUES, LEASE) is None
    claims.complete(first)
    third = claims.claim(QUEUES, LEASE)
    assert third
    assert third.kind == "room.lonely"


def test_a_job_for_later_waits() -> None:
    enqueue(tasks.tick, at=NOON)
    with clock.fixed(NOON - timedelta(seconds=1)):
        assert claims.claim(QUEUES, LEASE) is None
    assert _claimed().status == Job.Status.PROCESSING


@pytest.mark.spec("JOB-10")
def test_pauses_grow_with_jitter_until_the_attempts_are_used_up() -> None:
    with clock.fixed(NOON):
        enqueue(tasks.failing, password="x")
    moment, waited = NOON, []
    for _ in range(3):
        claims_job = _claimed(moment)
        with clock.fixed(moment):
            assert claims.fail(claims_job, ValueError("no"))
        job = Job.objects.get()
        waited.append((job.run_at - moment).total_seconds())
        moment = job.run_at
        with clock.fixed(moment - timedelta(seconds=1)):
            assert claims.claim(QUEUES, LEASE) is None
    assert 15 <= waited[0] <= 18
    assert 60 <= waited[1] <= 72
    assert (job.status, job.attempts, job.failed_at) == ("failed", 3, moment)
    assert AuditEvent.objects.filter(action="job.failed", subject_id=str(job.uuid)).count() == 1


def test_declared_pauses_are_kept_to_the_second() -> None:
    fixed = pauses(60, 300)
    assert [fixed(n).total_seconds() for n in (1, 2, 3)] == [60, 300, 300]
    assert exponential(longest=100)(9).total_seconds() <= 120


@pytest.mark.spec("JOB-12")
def test_a_lapsed_lease_gives_the_job_back_and_fences_off_the_first_worker() -> None:
    enqueue(tasks.counting, total=10, at=NOON)
    first = _claimed()
    with clock.fixed(NOON + LEASE):
        assert claims.reclaim() == 0
    later = NOON + LEASE + timedelta(seconds=1)
    with clock.fixed(later):
        assert claims.reclaim() == 1
        assert claims.reclaim() == 0
    second = _claimed(later)
    assert second.attempts == 2
    assert first.claim
    run = Run(first.uuid, first.kind, 1, first.claim)
    with pytest.raises(Interrupted):
        run.report(5, 10)
    assert not claims.renew(first.claim, LEASE)
    assert not claims.complete(first)
    assert not claims.fail(first, ValueError())
    assert claims.complete(second)
    assert list(Execution.objects.order_by("id").values_list("outcome", "attempt")) == [("failed", 1), ("completed", 2)]


def test_a_job_that_kills_its_workers_fails_in_the_end() -> None:
    enqueue(tasks.counting, total=10, at=NOON)
    for day in range(2):
        _claimed(NOON + timedelta(days=day))
        with clock.fixed(NOON + timedelta(days=day, hours=1)):
            assert claims.reclaim() == 1
    assert Job.objects.get().status == "failed"
    assert Job.objects.get().exception == claims.LOST


@pytest.mark.spec("JOB-13")
def test_progress_is_reported_and_the_next_attempt_resumes(work: Work) -> None:
    uuid = enqueue(tasks.counting, environment="staging", total=50)
    work()
    half = progress(uuid)
    assert half is not None
    assert (half.status, half.processed, half.total) == ("queued", 30, 50)
    Job.objects.update(run_at=NOON - timedelta(days=999))
    work()
    done = progress(uuid)
    assert done is not None
    assert (done.status, done.processed, done.total) == ("completed", 50, 50)
    assert Execution.objects.recent()[0].environment == "staging"
    assert progress(uuid4()) is None


@pytest.mark.spec("JOB-14")
def test_exceptions_and_payloads_tell_no_secrets(work: Work) -> None:
    enqueue(tasks.failing, password="correct-horse")
    work()
    shown = str(list(Job.objects.values())) + str(list(Execution.objects.values()))
    assert "ValueError: cannot sign in" in shown
    assert "correct-horse" not in shown
    assert "john@" not in shown


@pytest.mark.spec("JOB-06")
def test_a_result_is_kept_and_one_that_is_not_json_is_a_failure(work: Work, tmp_path: object) -> None:
    uuid = enqueue(tasks.note, file=f"{tmp_path}/out", line="x")
    work()
    done = progress(uuid)
    assert done is not None
    assert done.result == {"line": "x"}
    wrong = enqueue(tasks.unserialisable)
    work()
    failed = progress(wrong)
    assert failed is not None
    assert failed.status == "failed"
    assert "TypeError" in failed.message


def test_a_job_of_a_kind_that_is_gone_fails_at_once(work: Work) -> None:
    enqueue(tasks.tick)
    Job.objects.update(kind="room.gone")
    work()
    assert Job.objects.get().status == "failed"


@pytest.mark.spec("JOB-15")
def test_queueing_and_completion_are_logged(
    work: Work,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]],
) -> None:
    with caplog.at_level("INFO", "keyturn.jobs"), django_capture_on_commit_callbacks(execute=True):
        uuid = enqueue(tasks.tick)
        work()
    assert [record.getMessage() for record in caplog.records] == [
        f"job_completed room.tick {uuid} attempt=1",
        f"job_queued room.tick {uuid}",
    ]
