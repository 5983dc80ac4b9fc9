"""What licenses do by themselves: expire, and be made in batches too large for a request."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.errors import NotPermitted
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services, tasks
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.services import enqueue, progress
from keyturn.platform.jobs.timetable import timetable
from keyturn.platform.preferences import services as preferences
from tests.jobs import Work
from tests.licensing.conftest import LicenseIn

pytestmark = pytest.mark.django_db


@pytest.mark.spec("LCY-01", "JOB-08")
def test_due_licenses_expire_and_others_do_not(license_in: LicenseIn, owner: Actor, work: Work) -> None:
    due = [license_in(Status.ASSIGNED), license_in(Status.ACTIVE), license_in(Status.SUSPENDED)]
    stopped, stock = license_in(Status.REVOKED), license_in()
    lasting = license_in(Status.ACTIVE)
    services.renew(owner, lasting, expires_at=clock.now() + timedelta(days=900))
    with clock.fixed(clock.now() + timedelta(days=366)):
        job = enqueue(tasks.expire)
        work()
        done = progress(job)
    assert done is not None
    assert done.result == {"expired": 3}
    for row in [*due, stopped, stock, lasting]:
        row.refresh_from_db()
    assert [row.status for row in due] == ["expired"] * 3
    assert [stopped.status, stock.status, lasting.status] == ["revoked", "available", "active"]
    assert AuditEvent.objects.filter(action="license.expired", actor_kind="system").count() == 3


def test_grace_puts_expiry_off(license_in: LicenseIn, work: Work) -> None:
    row = license_in(Status.ACTIVE)
    preferences.set_value("licenses.grace_days", 14)
    for days, status in ((366, "active"), (378, "active"), (380, "expired")):
        with clock.fixed(row.created_at + timedelta(days=days)):
            enqueue(tasks.expire)
            work()
        row.refresh_from_db()
        assert row.status == status


def test_expiry_runs_every_minute() -> None:
    assert timetable()["licenses.expire"].period == timedelta(minutes=1)


@pytest.mark.spec("GEN-22", "JOB-11", "JOB-13")
def test_a_large_batch_is_made_in_the_background(owner: Actor, generator: Generator, work: Work) -> None:
    job = services.generate_later(owner, generator, 250)
    assert not License.objects.exists()
    work()
    done = progress(job)
    assert done is not None
    assert (done.status, done.result) == ("completed", {"made": 250, "failed": 0})
    assert License.objects.filter(generator=generator, status="available").count() == 250
    generator.refresh_from_db()
    assert generator.generated == 250
    assert set(AuditEvent.objects.filter(action="generator.batch").values_list("actor_id", flat=True)) == {owner.id}


def test_a_viewer_queues_no_batch(viewer: Actor, generator: Generator) -> None:
    with pytest.raises(NotPermitted):
        services.generate_later(viewer, generator, 250)
