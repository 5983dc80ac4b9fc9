"""Misuse, receivers that do not answer, and suspicious telemetry reach those who must know."""

import pytest

from keyturn.access.actors import Actor, system
from keyturn.licensing.abuse.detection import TASK
from keyturn.licensing.licenses.lifecycle import transition
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.telemetry import notifying
from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.people.admins.models import Admin
from keyturn.platform.audit import services as audit
from keyturn.platform.notifications import folding
from keyturn.platform.notifications.models import Notification
from keyturn.platform.webhooks import attempts, services
from keyturn.platform.webhooks.models import Delivery
from tests.licensing.conftest import LicenseIn
from tests.platform.notifications.conftest import titles

pytestmark = pytest.mark.django_db
Staff = dict[str, Admin]


@pytest.fixture(autouse=True)
def _quiet(staff: Staff) -> None:
    folding.fold()


@pytest.mark.spec("ABU-16")
def test_a_suspension_for_misuse_is_told_and_one_by_hand_is_not(staff: Staff, license_in: LicenseIn, me: Actor) -> None:
    misused, other = license_in(Status.ASSIGNED), license_in(Status.ASSIGNED)
    folding.fold()
    Notification.objects.all().delete()
    transition(me, other, Status.SUSPENDED, note="chargeback")
    transition(system(TASK, "production"), misused, Status.SUSPENDED, note="Abuse detection", source="abuse")
    folding.fold()
    for role in ("super_admin", "admin"):
        told = Notification.objects.of(staff[role]).get()
        assert (told.type, told.title, told.link_uuid) == ("telemetry", "License suspended for misuse", misused.uuid)
    assert titles(staff["operator"]) == titles(staff["viewer"]) == []


@pytest.mark.spec("WHK-10")
def test_a_delivery_that_failed_for_good_is_told_once_a_webhook(staff: Staff, owner: Actor) -> None:
    hook = services.create(
        owner, name="Shop", url="https://9.9.9.9/x", environment="staging", events=["license.created"]
    )
    for _ in range(2):
        row = services.test(owner, hook)
        Delivery.objects.filter(pk=row.pk).update(attempt=attempts.MOST)
        row = Delivery.objects.get(pk=row.pk)
        request = attempts.Request(row, b"{}", {})
        attempts.settle(request, attempts.Outcome(None, "No answer."))
    folding.fold()
    told = Notification.objects.of(staff["admin"]).get()
    assert (told.type, told.count, told.environment) == ("integration", 2, "staging")
    assert told.title == "Webhook delivery failed: Shop"
    assert titles(staff["operator"]) == []


@pytest.mark.spec("WHK-10")
def test_a_webhook_turned_off_by_hand_is_no_news(staff: Staff, me: Actor, owner: Actor) -> None:
    hook = services.create(
        owner, name="Shop", url="https://9.9.9.9/x", environment="staging", events=["license.created"]
    )
    services.set_active(owner, hook, False)
    folding.fold()
    assert titles(staff["admin"]) == []
    audit.record(system("webhooks"), audit.Entry("webhook.disabled", ("webhook", hook.uuid), note="Shop"))
    folding.fold()
    assert titles(staff["admin"]) == ["Webhook turned off: Shop × 1"]


@pytest.mark.spec("NTF-08")
def test_suspicious_telemetry_is_told_and_a_typing_error_is_not(staff: Staff) -> None:
    values = {"environment": "production", "is_correct_format": False, "has_red_flags": True}
    for reasons in ([], ["revoked_license", "bypassed_activation"]):
        notifying.flagged(TelemetryRecord(**values, reasons=reasons))
    folding.fold()
    told = Notification.objects.of(staff["super_admin"]).get()
    assert (told.title, told.body) == (
        "Suspicious telemetry",
        "An unknown product: revoked license, bypassed activation",
    )
