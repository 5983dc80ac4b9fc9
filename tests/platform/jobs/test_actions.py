"""What admins do with jobs."""

from datetime import timedelta

import pytest
from tests.conftest import ActorFor
from tests.jobs import LEASE
from tests.platform.jobs.room import tasks

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.core.errors import NotPermitted
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs import claims
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.jobs.models import Job, Worker
from keyturn.platform.jobs.services import delete, enqueue, retry, worker_missing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold")]


def _failed() -> Job:
    uuid = enqueue(tasks.unserialisable)
    job = claims.claim(QUEUES, LEASE)
    assert job is not None
    claims.fail(job, ValueError("no"))
    return Job.objects.get(uuid=uuid)


@pytest.mark.spec("JOB-04")
def test_a_double_retry_runs_the_job_once(owner: Actor) -> None:
    job = _failed()
    assert [retry(owner, [job.uuid]), retry(owner, [job.uuid])] == [1, 0]
    job.refresh_from_db()
    assert (job.status, job.attempts, job.exception, job.failed_at) == ("queued", 0, "", None)
    assert AuditEvent.objects.filter(action="job.retried").count() == 1


@pytest.mark.spec("JOB-04")
def test_delete_takes_failed_and_queued_jobs_but_no_running_one(owner: Actor) -> None:
    failed = _failed()
    running = enqueue(tasks.tick)
    claims.claim(QUEUES, LEASE)
    queued = enqueue(tasks.tick)
    assert delete(owner, [failed.uuid, running, queued]) == 2
    assert [job.uuid for job in Job.objects.all()] == [running]
    assert AuditEvent.objects.filter(action="job.deleted").count() == 2


@pytest.mark.spec("JOB-05")
def test_all_failed_jobs_at_once(owner: Actor) -> None:
    for _ in range(3):
        _failed()
    assert retry(owner) == 3
    for _ in range(2):
        job = claims.claim(QUEUES, LEASE)
        assert job is not None
        claims.fail(job, ValueError("again"))
    assert delete(owner) == 2
    assert [job.status for job in Job.objects.all()] == ["queued"]


@pytest.mark.spec("JOB-04")
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_admins_may(role: str, actor_for: ActorFor) -> None:
    job = _failed()
    for action in (retry, delete):
        with pytest.raises(NotPermitted):
            action(actor_for(role), [job.uuid])
    assert Job.objects.get().status == "failed"


@pytest.mark.spec("JOB-17")
def test_a_missing_worker_is_noticed_after_a_minute() -> None:
    enqueue(tasks.tick, at=now() - timedelta(seconds=61))
    assert worker_missing()
    worker = Worker.objects.create(name="here", queues="default", seen_at=now())
    assert not worker_missing()
    enqueue(tasks.sweep, at=now() - timedelta(seconds=61))
    assert worker_missing(), "nobody serves the queue bulk"
    Job.objects.filter(queue="bulk").delete()
    Worker.objects.filter(pk=worker.pk).update(seen_at=now() - timedelta(seconds=61))
    assert worker_missing()


@pytest.mark.spec("JOB-03", "JOB-01")
def test_the_page_can_search_and_count() -> None:
    failed = _failed()
    enqueue(tasks.alarm)
    enqueue(tasks.sweep)
    assert [job.pk for job in Job.objects.failed().search("UNSERIAL")] == [failed.pk]
    assert [job.pk for job in Job.objects.failed().search("valueerror: n")] == [failed.pk]
    assert not Job.objects.failed().search("sweep").exists()
    assert Job.objects.active().queue_names() == ["bulk", "high"]
