"""The pages of background jobs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from keyturn.core import clock
from keyturn.core.ids import uuid7
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs import claims
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.jobs.models import Execution, Job, Schedule, Worker
from keyturn.platform.jobs.scheduler import enter_timetable
from keyturn.platform.jobs.services import enqueue
from tests.jobs import LEASE
from tests.portals.conftest import ClientOf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold")]
PAGE = "/admin/background-jobs"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Fail = Callable[..., UUID]


@pytest.fixture
def fail() -> Fail:
    """A job that has used up its attempts."""

    def make(kind: str = "webhooks.send", error: str = "no route to host", **values: Any) -> UUID:
        uuid = enqueue(kind, **values)
        Job.objects.filter(uuid=uuid).update(attempts=99)
        while (job := claims.claim(QUEUES, LEASE)) is not None:
            claims.fail(job, OSError(error))
            # What tells the admins of it would stand among the jobs.
            Job.objects.filter(kind__startswith="notifications.").delete()
        return uuid

    return make


def _html(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.spec("JOB-02")
def test_a_job_for_later_says_when(super_admin: Client) -> None:
    enqueue("webhooks.send", at=clock.now() + timedelta(minutes=38, seconds=30))
    assert "in 38 minutes" in _html(super_admin)


@pytest.mark.spec("JOB-01", "JOB-02")
def test_figures_and_active_jobs(super_admin: Client, fail: Fail) -> None:
    fail()
    for _ in range(12):
        enqueue("webhooks.send")
    enqueue("analytics.add_up", environment="staging")
    running = claims.claim(["default"], LEASE)
    assert running is not None
    Job.objects.filter(pk=running.pk).update(processed=5, total=20)
    page = _html(super_admin)
    figures = Job.objects.figures()
    assert (figures.active, figures.failed, figures.queues) == (13, 1, 2)
    assert all(f">{label}</h2>" in page for label in ("Running / Queued", "Failed Jobs", "Active Queues"))
    active = page.split('id="active-jobs-table"')[1].split("</table>")[0]
    assert active.count("<tr>") == 11
    assert (active.count("Processing"), active.count("Queued<")) == (1, 9)
    assert "5 of 20" in active
    assert "Verification counters" in active
    assert "Staging" in active
    assert page.count('hx-trigger="every 10s, listChanged from:body"') == 2
    assert 'hx-trigger="listChanged from:body, every 10s"' in page
    for part in ("figures", "active", "tasks"):
        assert "<html" not in _html(super_admin, f"{PAGE}/{part}")


def test_nothing_waits(super_admin: Client) -> None:
    page = _html(super_admin)
    assert "Nothing is waiting." in page
    assert "No failed jobs" in page
    assert "Retry all" not in page


@pytest.mark.spec("JOB-03", "JOB-14")
def test_failed_jobs_can_be_searched_and_read(super_admin: Client, fail: Fail) -> None:
    fail(error="no route")
    uuid = fail("analytics.add_up", error="disk full")
    Job.objects.filter(uuid=uuid).update(failed_at=clock.now() + timedelta(seconds=1))
    page = _html(super_admin)
    assert page.index("disk full") < page.index("no route")
    assert ">database<" in page
    assert 'title="Traceback' in page or "OSError: disk full" in page
    assert "no route" not in _html(super_admin, f"{PAGE}?search=verification")
    assert "disk full" not in _html(super_admin, f"{PAGE}?queue=webhooks").split('id="results"')[1]
    dialog = _html(super_admin, f"{PAGE}/{uuid}/exception")
    assert 'data-copy="' in dialog
    assert "OSError: disk full" in dialog
    assert "sealed" not in dialog


@pytest.mark.spec("JOB-04")
def test_retry_and_a_second_click(super_admin: Client, fail: Fail) -> None:
    uuid = fail()
    answers = [super_admin.post(f"{PAGE}/{uuid}/retry") for _ in range(2)]
    assert ["queued again" in answer["HX-Trigger"] for answer in answers] == [True, False]
    assert [answer.status_code for answer in answers] == [204, 204]
    job = Job.objects.get(uuid=uuid)
    assert (job.status, job.attempts, job.queue) == ("queued", 0, "webhooks")
    assert AuditEvent.objects.filter(action="job.retried").count() == 1
    Job.objects.all().delete()
    Execution.objects.filter(job=uuid).update(outcome="completed")
    assert "retried or deleted meanwhile" in super_admin.post(f"{PAGE}/{uuid}/retry")["HX-Trigger"]


@pytest.mark.spec("JOB-04")
def test_delete_asks_first_and_leaves_running_jobs(super_admin: Client, fail: Fail) -> None:
    failed, queued = fail(), enqueue("webhooks.send", at=clock.now() + timedelta(hours=1))
    for uuid, words in ((failed, "removed for good"), (queued, "will never run")):
        assert words in _html(super_admin, f"{PAGE}/{uuid}/delete")
        assert super_admin.post(f"{PAGE}/{uuid}/delete").status_code == 204
    running = enqueue("webhooks.send")
    claims.claim(QUEUES, LEASE)
    super_admin.post(f"{PAGE}/{running}/delete")
    assert [job.uuid for job in Job.objects.all()] == [running]
    assert AuditEvent.objects.filter(action="job.deleted").count() == 2


@pytest.mark.spec("JOB-05")
@pytest.mark.parametrize(("action", "left"), [("retry", 0), ("delete", 0)])
def test_many_at_once_with_their_number(super_admin: Client, fail: Fail, action: str, left: int) -> None:
    chosen = [fail(), fail()]
    fail("analytics.add_up")
    dialog = _html(super_admin, f"{PAGE}/{action}?ids={chosen[0]}&ids={chosen[1]}")
    assert f"{action.title()} 2 jobs" in dialog
    done = super_admin.post(f"{PAGE}/{action}", {"ids": chosen, "expected": "2"})
    assert "2 jobs" in done["HX-Trigger"]
    assert Job.objects.failed().count() == 1
    everything = {"everything": "1", "query": "queue=default"}
    assert f"{action.title()} 1 job" in str(super_admin.get(f"{PAGE}/{action}", everything).content)
    stale = super_admin.post(f"{PAGE}/{action}", {**everything, "expected": "7"})
    assert (stale.status_code, b"The list has changed" in stale.content) == (422, True)
    assert super_admin.post(f"{PAGE}/{action}", {**everything, "expected": "1"}).status_code == 204
    assert Job.objects.failed().count() == left


@pytest.mark.spec("JOB-06")
def test_results_are_shown_and_filtered(super_admin: Client) -> None:
    common = {"kind": "analytics.add_up", "queue": "default", "attempt": 2, "started_at": NOON}
    for outcome, message, seconds in (("completed", "", 0.25), ("failed", "OSError: no disk", 185)):
        Execution.objects.create(
            job=uuid7(), outcome=outcome, message=message, finished_at=NOON + timedelta(seconds=seconds), **common
        )
    page = _html(super_admin, f"{PAGE}/results")
    rows = page.split("<tbody>")[1].split("</tbody>")[0]
    assert all(text in rows for text in ("250 ms", "3 min 5 s", "OSError: no disk", "Nov 22, 12:03:05"))
    assert rows.index("Failed") < rows.index("Completed")
    only = _html(super_admin, f"{PAGE}/results?outcome=completed").split("<tbody>")[1]
    assert "no disk" not in only


@pytest.mark.spec("JOB-06")
def test_routine_does_not_bury_the_other_results(super_admin: Client) -> None:
    for kind, routine in (("analytics.add_up", True), ("retention.purge", False)):
        Execution.objects.create(
            job=uuid7(), kind=kind, queue="default", attempt=1, started_at=NOON, outcome="completed", routine=routine
        )
    for query, both in (("", False), ("?outcome=completed", False), ("?runs=all", True), ("?search=counters", None)):
        rows = _html(super_admin, f"{PAGE}/results{query}").split("<tbody>")[1].split("</tbody>")[0]
        assert ("Verification counters" in rows, "Retention purge" in rows) == (both is not False, both is not None)


@pytest.mark.spec("JOB-16")
def test_the_timetable(client_of: ClientOf) -> None:
    with clock.fixed(NOON):
        enter_timetable()
        Schedule.objects.filter(name="analytics.add_up").update(
            last_run_at=NOON - timedelta(minutes=3), last_outcome="failed", last_message="OSError: no disk"
        )
        page = _html(client_of("super_admin"), f"{PAGE}/schedule")
    row = page.split("Verification counters")[1].split("</tr>")[0]
    assert ("Every minute" in row, "3 minutes ago" in row, "OSError: no disk" in row, "Nov 22, 12:01" in row) == (
        True,
    ) * 4


@pytest.mark.spec("JOB-17")
@pytest.mark.parametrize("address", [PAGE, f"{PAGE}/results", f"{PAGE}/schedule", f"{PAGE}/figures"])
def test_a_missing_worker_is_told(super_admin: Client, address: str) -> None:
    enqueue("webhooks.send", at=clock.now() - timedelta(seconds=61))
    assert "The worker is not running." in _html(super_admin, address)
    other = Worker.objects.create(name="here", queues="bulk")
    assert "The worker is not running." in _html(super_admin, address)
    Worker.objects.filter(pk=other.pk).update(queues="default,webhooks")
    assert "The worker is not running." not in _html(super_admin, address)


@pytest.mark.spec("JOB-01")
def test_rows_that_ask_for_themselves_leave_the_filters_alone(super_admin: Client) -> None:
    asked = {"HX-Request": "true", "HX-Target": "results"}
    assert b"hx-swap-oob" in super_admin.get(PAGE, headers=asked).content
    quiet = super_admin.get(PAGE, headers={**asked, "X-Keyturn-Background": "true"}).content
    assert (b'id="results"' in quiet, b"hx-swap-oob" in quiet) == (True, False)


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_others_see_nothing_of_it(client_of: ClientOf, role: str) -> None:
    client = client_of(role)
    assert client.get(PAGE).status_code == 403
    assert "Background Jobs" not in client.get("/admin/dashboard").content.decode()
