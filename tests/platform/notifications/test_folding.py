"""Repetition makes one line; what cannot be told keeps nothing else from being told."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.platform.jobs.models import Job
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.sealing import read
from keyturn.platform.notifications import choices, folding, intake, notices, tasks
from keyturn.platform.notifications.kinds import Channels, Type
from keyturn.platform.notifications.models import Notification, Waiting
from keyturn.platform.notifications.notices import Happening, Notice
from tests.licensing.conftest import LicenseIn
from tests.platform.notifications.conftest import titles

pytestmark = pytest.mark.django_db
Staff = dict[str, Admin]


def _quiet() -> None:
    folding.fold()
    Notification.objects.all().delete()


@pytest.fixture
def roomy(owner: Actor, product: Product) -> License:
    generator = generators.create(owner, product=product, name="Roomy", type="uuid", activation_limit=-1)
    return services.issue(owner, generator, "many@example.com")


@pytest.mark.spec("NTF-11")
def test_a_thousand_activations_make_one_line(staff: Staff, me: Actor, roomy: License, license_in: LicenseIn) -> None:
    license_in(Status.ASSIGNED)
    _quiet()
    start = now()
    with clock.fixed(start):
        for number in range(12):
            activations.activate(me, roomy, identifier=f"PC-{number}", kind="hardware")
        folding.fold()
        assert titles(staff["operator"]) == ["License activated × 12"]
    with clock.fixed(start + timedelta(minutes=14)):
        activations.activate(me, License.objects.exclude(pk=roomy.pk).get(), identifier="PC", kind="hardware")
        folding.fold()
        line = Notification.objects.of(staff["operator"]).get()
        assert (line.count, line.body, line.link_kind) == (13, "Licenses of Pro App", "product")
    with clock.fixed(start + timedelta(minutes=16)):
        activations.activate(me, roomy, identifier="Later", kind="hardware")
        folding.fold()
    assert titles(staff["operator"]) == ["License activated × 1", "License activated × 13"]
    assert Notification.objects.of(staff["operator"])[0].link_uuid == roomy.uuid


@pytest.mark.spec("NTF-11")
def test_what_was_read_stays_read_while_it_counts_on(staff: Staff) -> None:
    for _ in range(2):
        intake.tell([Notice(Type.SYSTEM, "test", "Something")])
        folding.fold()
        Notification.objects.filter(read_at=None).update(read_at=now())
    assert titles(staff["admin"]) == ["Something × 2"]
    assert Notification.objects.of(staff["admin"]).unread().up_to_99() == 0


@pytest.mark.spec("NTF-11", "NTF-10")
def test_environments_and_subjects_do_not_fold(staff: Staff) -> None:
    some = [Notice(Type.SYSTEM, "test", "Something", environment=one) for one in ("production", "staging")]
    intake.tell([*some, Notice(Type.SYSTEM, "test", "Something", subject=("job", "x"))])
    folding.fold()
    assert len(titles(staff["admin"])) == 3


@pytest.mark.spec("NTF-11")
def test_an_activation_waits_for_no_inbox(staff: Staff, me: Actor, roomy: License) -> None:
    """One row that waits, and no job while one is on its way."""
    _quiet()
    Job.objects.all().delete()
    activations.activate(me, roomy, identifier="PC-1", kind="hardware")
    assert Job.objects.filter(kind=intake.FOLD).count() == 1
    with CaptureQueriesContext(connection) as queries:
        activations.activate(me, roomy, identifier="PC-2", kind="hardware")
    ours = [one["sql"] for one in queries if "notifications_waiting" in one["sql"]]
    assert len(ours) == 2, ours
    assert not any("UPDATE" in sql.split(" ", 1)[0] for sql in ours)
    assert Job.objects.filter(kind=intake.FOLD).count() == 1
    assert not Notification.objects.exists()


@pytest.mark.spec("NTF-14")
def test_a_license_that_fills_up_is_told_once(staff: Staff, me: Actor, owner: Actor, product: Product) -> None:
    ten = generators.create(owner, product=product, name="Ten", type="uuid", activation_limit=10)
    one = generators.create(owner, product=product, name="One", type="uuid", activation_limit=1)
    full, single = services.issue(owner, ten, "many@example.com"), services.issue(owner, one, "ann@example.com")
    _quiet()
    activations.activate(me, single, identifier="PC", kind="hardware")
    for number in range(9):
        activations.activate(me, full, identifier=f"PC-{number}", kind="hardware")
        folding.fold()
    told = Notification.objects.of(staff["operator"]).get(fold__contains="license.limit")
    assert (told.title, told.count) == ("License close to its device limit", 1)
    assert told.body == f"{full.license_key[:8]}… of Pro App is used on 8 of 10 devices"


@pytest.mark.spec("NTF-12", "NTF-13")
def test_copies_go_by_mail_once_a_line(staff: Staff) -> None:
    boss = staff["super_admin"]
    choices.save(admins.actor_of(boss), boss, {Type.LICENSE: Channels(in_app=False, email=True)})
    for _ in range(3):
        intake.tell([Notice(Type.LICENSE, "test", "License revoked", "To {customer}", environment="staging")])
        folding.fold()
    assert titles(boss) == []
    mail = read(Message.objects.get(template="admin-notification"))
    assert (mail.to, mail.subject) == ("super_admin@example.com", "[Staging] Keyturn: License revoked")
    assert "To a customer" in mail.text
    assert "/admin/notifications/" in mail.text


@pytest.mark.spec("NTF-13")
def test_a_mail_that_cannot_be_queued_leaves_the_line(staff: Staff, caplog: pytest.LogCaptureFixture) -> None:
    Admin.objects.filter(pk=staff["admin"].pk).update(email="broken")
    with caplog.at_level(logging.CRITICAL, "keyturn.notifications"):
        intake.tell([Notice(Type.SYSTEM, "test", "Something")])
        folding.fold()
    assert titles(staff["admin"]) == titles(staff["super_admin"]) == ["Something × 1"]


@pytest.mark.spec("NTF-13", "JOB-10")
@pytest.mark.parametrize(("kind", "mails"), [("mail.send", 0), ("licenses.expire", 2)])
def test_a_failed_job_is_told_and_one_about_mail_not_by_mail(kind: str, mails: int, staff: Staff, me: Actor) -> None:
    from keyturn.platform.audit import services as audit

    job = Job.objects.create(kind=kind, queue="default", priority=1, sealed_payload="x")
    audit.record(me, audit.Entry("job.failed", ("job", job.uuid), note="Some work"))
    folding.fold()
    assert titles(staff["admin"]) == ["Background job failed: Some work × 1"]
    assert titles(staff["operator"]) == []
    assert Message.objects.count() == mails


def test_a_room_that_fails_keeps_no_other_from_telling(
    staff: Staff, license_in: LicenseIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(happened: list[Happening]) -> list[Notice]:
        raise ValueError("no words")

    heard = (frozenset({"license.assigned"}), broken)
    monkeypatch.setattr(notices, "_TELLERS", [heard, *notices.tellers()])
    with caplog.at_level(logging.CRITICAL, "keyturn.notifications"):
        license_in(Status.ASSIGNED)
        folding.fold()
    assert titles(staff["admin"]) == ["License assigned × 1"]
    assert not Waiting.objects.exists()


def test_old_notifications_go_read_or_not(staff: Staff) -> None:
    for days, seen in ((181, None), (181, now()), (179, None)):
        created = now() - timedelta(days=days)
        Notification.objects.create(admin=staff["viewer"], type="system", title="Old", created_at=created, read_at=seen)
    assert tasks.purge.function(None) == 2
    assert Notification.objects.count() == 1


def test_the_inbox_of_a_deleted_admin_is_gone(staff: Staff, me: Actor) -> None:
    intake.tell([Notice(Type.LICENSE, "test", "Something")])
    folding.fold()
    admins.delete(me, staff["operator"])
    assert not Notification.objects.filter(admin=staff["operator"]).exists()


def test_a_rolled_back_change_is_not_told(staff: Staff, generator: Generator, owner: Actor) -> None:
    from django.db import transaction

    with transaction.atomic():
        services.issue(owner, generator, "john@example.com")
        transaction.set_rollback(True)
    folding.fold()
    assert not Notification.objects.exists()
