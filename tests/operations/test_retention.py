"""Retention: policies, the dry run, and the purge with everything that it must not touch."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from keyturn.access.actors import Actor, system
from keyturn.access.permissions import GRANTED, Role
from keyturn.core import clock
from keyturn.core.errors import Invalid, NotPermitted
from keyturn.core.ids import uuid7
from keyturn.licensing.telemetry import counting
from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.operations.retention import purging, services, tasks
from keyturn.operations.retention.entities import ENTITIES
from keyturn.operations.retention.models import EntityType, Policy
from keyturn.operations.retention.purging import Purge
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs import claims
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.jobs.models import Execution, Job
from keyturn.platform.jobs.scheduler import enter_timetable, fire_due
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.logs.models import Category, LogEntry, RequestLog
from keyturn.platform.webhooks.models import Delivery
from tests.conftest import ActorFor
from tests.contract import world
from tests.jobs import LEASE, Work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
LOGS = EntityType.SYSTEM_LOGS


@pytest.fixture(autouse=True)
def _at_two() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def _log(at: datetime, environment: str = "production", count: int = 1) -> None:
    LogEntry.objects.bulk_create(
        LogEntry(at=at, environment=environment, category=Category.SYSTEM, action="test") for _ in range(count)
    )


def record(at: datetime, **values: Any) -> None:
    flags = dict.fromkeys(("is_correct_format", "license_key_exists", "product_exists", "product_version_exists"), True)
    TelemetryRecord.objects.create(**{**flags, "at": at, "environment": "production", "has_red_flags": False, **values})


def _purge() -> dict[tuple[str, str], int]:
    found = Purge(system("retention"), lambda done, total: None).run()
    return {(one.policy.environment, one.policy.entity_type): one.rows for one in found if one.rows}


def _policy(entity_type: str = LOGS, environment: str = "production") -> Policy:
    return Policy.objects.get(entity_type=entity_type, environment=environment)


@pytest.mark.spec("RET-01")
def test_a_new_installation_has_all_policies() -> None:
    assert Policy.objects.count() == 12
    days = dict(Policy.objects.filter(environment="staging").values_list("entity_type", "days"))
    assert days == {
        "system_logs": 90,
        "telemetry_records": 90,
        "webhook_deliveries": 30,
        "job_executions": 30,
    }
    assert days == {str(name): one.default for name, one in ENTITIES.items()}


@pytest.mark.spec("RET-01")
def test_a_second_policy_is_refused_with_the_first(owner: Actor) -> None:
    with pytest.raises(services.Taken) as refusal:
        services.create(owner, entity_type=LOGS, days=30)
    assert refusal.value.policy == _policy()
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(environment="production", entity_type=LOGS, days=30)


@pytest.mark.spec("RET-03")
@pytest.mark.parametrize(
    ("entity_type", "good", "bad"),
    [
        ("system_logs", (1, 365, "90"), (0, 366, -1, "1.5", "ten", "", "9" * 5000)),
        ("job_executions", (1, 365), (0, 366)),
        ("telemetry_records", (1, 730), (0, 731)),
        ("webhook_deliveries", (7, 15, 30), (1, 8, 31, 365)),
    ],
)
def test_days_have_limits(owner: Actor, entity_type: str, good: tuple[Any], bad: tuple[Any]) -> None:
    policy = _policy(entity_type)
    for days in good:
        assert services.update(owner, policy, days=days).days == int(days)
    for days in bad:
        with pytest.raises(Invalid) as refusal:
            services.update(owner, policy, days=days)
        assert list(refusal.value.errors) == ["days"]


@pytest.mark.spec("RET-07")
@pytest.mark.parametrize("name", ["audit_events", "licenses", "request_log", ""])
def test_no_other_kind_can_have_a_policy(owner: Actor, name: str) -> None:
    with pytest.raises(Invalid):
        services.create(owner, entity_type=name, days=30)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(environment="production", entity_type=name, days=30)


@pytest.mark.spec("RET-06")
def test_changes_are_onrecord(owner: Actor) -> None:
    services.update(owner, _policy(), days=30)
    services.update(owner, _policy(), days=30)
    services.update(owner, _policy(), days=30, is_enabled=False)
    services.delete(owner, _policy())
    services.create(owner, entity_type=LOGS, days=5)
    events = AuditEvent.objects.filter(action__startswith="retention.").order_by("id")
    told = [(one.action.partition(".")[2], one.changes.get("days"), one.changes.get("is_enabled")) for one in events]
    assert told == [
        ("updated", [90, 30], None),
        ("updated", None, [True, False]),
        ("deleted", [30, None], None),
        ("created", [None, 5], [None, True]),
    ]
    assert {one.environment for one in events} == {"production"}


@pytest.mark.spec("RET-01")
@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.VIEWER])
def test_super_admins_alone(role: str, actor_for: ActorFor) -> None:
    assert "retention.manage" not in GRANTED[role]
    actor, policy = actor_for(role), _policy()
    for act in (
        lambda: services.update(actor, policy, days=5),
        lambda: services.delete(actor, policy),
        lambda: services.create(actor, entity_type=LOGS, days=5),
        lambda: services.dry_run(actor),
    ):
        with pytest.raises(NotPermitted):
            act()


@pytest.mark.spec("RET-11")
def test_a_row_exactly_as_old_as_the_limit_stays() -> None:
    limit = NOW - timedelta(days=90)
    _log(limit - timedelta(microseconds=1))
    _log(limit)
    assert _purge() == {("production", "system_logs"): 1}
    assert [one.at for one in LogEntry.objects.all()] == [limit]


@pytest.mark.spec("RET-11")
def test_each_environment_follows_its_own_policy_and_the_rest_production() -> None:
    Policy.objects.filter(environment="staging").update(days=7)
    old = NOW - timedelta(days=20)
    for environment in ("production", "staging", "development", ""):
        _log(old, environment)
    assert _purge() == {("staging", "system_logs"): 1}
    Policy.objects.filter(environment="production", entity_type=LOGS).update(days=10)
    assert _purge() == {("production", "system_logs"): 2}
    assert [one.environment for one in LogEntry.objects.all()] == ["development"]


@pytest.mark.spec("RET-05")
def test_without_a_policy_or_with_a_paused_one_everything_stays(owner: Actor) -> None:
    _log(NOW - timedelta(days=1000))
    _log(NOW - timedelta(days=1000), "staging")
    services.delete(owner, _policy())
    staging = _policy(environment="staging")
    Policy.objects.filter(pk=staging.pk).update(is_enabled=False)
    assert _purge() == {}
    assert LogEntry.objects.count() == 2
    Policy.objects.filter(pk=staging.pk).update(is_enabled=True)
    assert _purge() == {("staging", "system_logs"): 1}


@pytest.mark.spec("RET-09", "RET-10")
def test_the_dry_run_tells_what_the_purge_then_does(owner: Actor) -> None:
    for days in (95, 91, 90, 3):
        _log(NOW - timedelta(days=days))
        RequestLog.objects.create(
            at=NOW - timedelta(days=days), environment="", endpoint="verify", code=200, status=200
        )
    Execution.objects.create(
        job=uuid7(), kind="x", queue="bulk", outcome="failed", attempt=1, started_at=NOW, finished_at=NOW
    )
    before = _everything()
    told = {one.policy.entity_type: one for one in services.dry_run(owner)}
    assert (told["system_logs"].rows, told["system_logs"].oldest) == (4, NOW - timedelta(days=95))
    assert told["system_logs"].cutoff == NOW - timedelta(days=90)
    assert (told["job_executions"].rows, told["telemetry_records"].oldest) == (0, None)
    assert _everything(without={"audit_events"}) == {k: v for k, v in before.items() if k != "audit_events"}
    assert AuditEvent.objects.get(action="retention.previewed").changes["rows"]["system_logs"] == 4
    assert _purge() == {("production", "system_logs"): 4}


@pytest.mark.spec("RET-12")
def test_slices_stay_small_and_an_interrupted_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    _log(NOW - timedelta(days=100), count=1200)
    slices: list[int] = []

    def interrupt(done: int, total: int) -> None:
        slices.append(done)
        assert total == 1200
        if len(slices) == 2:
            raise InterruptedError

    monkeypatch.setattr(purging, "_FIRST", 300)
    monkeypatch.setattr(purging, "_next_size", lambda size, took: 300)
    with pytest.raises(InterruptedError):
        Purge(system(), interrupt).run()
    # The slice that was interrupted is undone as a whole.
    assert LogEntry.objects.count() == 900
    assert _policy().purged_rows == 300
    assert _purge() == {("production", "system_logs"): 1200}
    told = AuditEvent.objects.get(action="retention.purged", changes__rows=1200)
    assert (told.changes["entity_type"], told.changes["cutoff"]) == ("system_logs", "2026-08-24T02:00:00+00:00")
    assert told.changes["seconds"] >= 0
    assert AuditEvent.objects.filter(action="retention.purged", subject_id=str(_policy().uuid)).count() == 1
    assert (_policy().purged_rows, _policy().purging_since) == (0, None)


@pytest.mark.spec("RET-12")
def test_a_slice_never_has_more_than_5000_rows() -> None:
    sizes = [500]
    for _ in range(10):
        sizes.append(purging._next_size(sizes[-1], 0.001))
    assert max(sizes) == 5000
    assert purging._next_size(5000, 0.2) == 2500
    assert purging._next_size(100, 9) == purging._next_size(50, 9) == 50


@pytest.mark.spec("RET-12")
def test_a_policy_that_keeps_more_from_now_on_loses_nothing_more(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    _log(NOW - timedelta(days=100), count=60)
    monkeypatch.setattr(purging, "_FIRST", 20)
    monkeypatch.setattr(purging, "_next_size", lambda size, took: 20)

    def edit(done: int, total: int) -> None:
        if done == 20:
            Policy.objects.filter(entity_type=LOGS).update(days=365)

    Purge(system(), edit).run()
    assert LogEntry.objects.count() == 40


@pytest.mark.spec("RET-11", "RET-13")
def test_it_runs_daily_at_two_and_leaves_a_result(work: Work) -> None:
    enter_timetable()
    Job.objects.all().delete()
    _log(NOW - timedelta(days=100), count=3)
    with clock.fixed(NOW + timedelta(days=1, seconds=1)):
        fire_due()
        Job.objects.exclude(kind="retention.purge").delete()
        work()
        # A second one does not start while one is under way, and the next comes a day later.
        assert not Job.objects.filter(kind="retention.purge").exists()
        fire_due()
        assert not Job.objects.filter(kind="retention.purge").exists()
    done = Execution.objects.get(kind="retention.purge")
    assert done.outcome == "completed"
    assert done.result["production/system_logs"][0] == 3
    assert (done.processed, done.total) == (3, 3)


@pytest.mark.spec("RET-12")
def test_two_runs_never_overlap() -> None:
    enter_timetable()
    for day in (1, 2):
        with clock.fixed(NOW + timedelta(days=day, seconds=1)):
            fire_due()
    assert Job.objects.filter(kind="retention.purge").count() == 1


@pytest.mark.spec("RET-12", "RET-13")
def test_a_long_purge_lets_others_have_the_worker(monkeypatch: pytest.MonkeyPatch, work: Work) -> None:
    _log(NOW - timedelta(days=100), count=90)
    monkeypatch.setattr(tasks, "SPELL", 0)
    monkeypatch.setattr(purging, "_FIRST", 30)
    enqueue("retention.purge")
    work()
    rows = [one.result for one in Execution.objects.filter(kind="retention.purge").order_by("id")]
    # Each turn stops after a slice; policies that were done are not gone over again.
    assert len(rows) == 4
    assert [one for one in rows if "production/system_logs" in one] == [rows[3]]
    assert rows[3]["production/system_logs"][0] == 90
    assert sorted(name for one in rows for name in one) == sorted({name for one in rows for name in one})
    assert AuditEvent.objects.filter(action="retention.purged").count() == 12


@pytest.mark.spec("RET-12")
def test_a_purge_that_meets_another_waits_for_it() -> None:
    for _ in range(2):
        enqueue("retention.purge")
    first = claims.claim(QUEUES, LEASE)
    assert first is not None
    assert claims.claim(QUEUES, LEASE) is None
    claims.complete(first)
    assert claims.claim(QUEUES, LEASE) is not None


@pytest.mark.spec("RET-13", "JOB-10")
def test_a_failed_run_is_a_failed_job_that_admins_are_told_of() -> None:
    uuid = enqueue("retention.purge")
    Job.objects.filter(uuid=uuid).update(attempts=99)
    job = claims.claim(QUEUES, LEASE)
    assert job is not None
    claims.fail(job, OSError("disk full"))
    assert Job.objects.get(uuid=uuid).status == "failed"
    assert AuditEvent.objects.filter(action="job.failed", subject_id=str(uuid)).exists()


@pytest.mark.spec("RET-14")
def test_telemetry_counts_are_the_same_after_a_purge() -> None:
    for days in (200, 100, 100, 10):
        record(NOW - timedelta(days=days), product_id=7)
    record(NOW - timedelta(days=100), has_red_flags=True, reasons=["invalid_license", "revoked_license"])
    start = (NOW - timedelta(days=365)).date()
    before = [counting.per_day("production", start, product) for product in (None, 7, 8)]
    day = (NOW - timedelta(days=100)).date()
    assert before[0][day, "clean"] == 2
    assert before[0][day, "flagged"] == before[0][day, "revoked_license"] == 1
    assert sum(before[1].values()) == 4
    assert _purge() == {("production", "telemetry_records"): 4}
    assert [counting.per_day("production", start, product) for product in (None, 7, 8)] == before


def _everything(without: set[str] = frozenset()) -> dict[str, list[Any]]:  # type: ignore[assignment]
    """Every row of every table."""
    tables: list[type[models.Model]] = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed]
    return {
        one._meta.db_table: sorted(map(str, one._default_manager.values_list()))
        for one in tables
        if one._meta.db_table not in without
    }


@pytest.mark.spec("RET-16")
def test_every_other_table_is_untouched() -> None:
    world.build()
    _log(NOW - timedelta(days=1), count=3)
    RequestLog.objects.create(at=NOW, environment="production", endpoint="verify", code=200, status=200)
    record(NOW)
    Delivery.objects.update(status="success")
    purged = {source.model._meta.db_table for one in ENTITIES.values() for source in one.sources}
    assert purged == {"log_entries", "request_log", "telemetry_records", "webhook_deliveries", "job_executions"}
    # What a purge writes: its own record, its own tally, and the counts of what goes.
    written = {"audit_events", "retention_policies", "telemetry_counts", "webhook_delivery_counts"}
    before, trail = _everything(written), AuditEvent.objects.count()
    with clock.fixed(NOW + timedelta(days=20_000)):
        _purge()
    after = _everything(written)
    assert all(before[table] for table in purged)
    assert not [table for table in purged if after[table]]
    assert {t: rows for t, rows in after.items() if t not in purged} == {
        t: rows for t, rows in before.items() if t not in purged
    }
    assert AuditEvent.objects.count() == trail + 12
    assert Policy.objects.count() == 12
