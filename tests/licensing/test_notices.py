"""Mails about licenses: when they go out, to whom, and once."""

from datetime import UTC, datetime, timedelta

import pytest

from keyturn.access.actors import Actor, system
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, lifecycle, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.tasks import expire, remind
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer, CustomerSettings
from keyturn.people.signin import accounts
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.mail import sealing
from keyturn.platform.mail.models import Message
from keyturn.platform.preferences import services as preferences
from tests.jobs import Work
from tests.licensing.conftest import LicenseIn

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _mails(template: str) -> list[sealing.Content]:
    return [sealing.read(one) for one in Message.objects.filter(template=template).order_by("id")]


@pytest.mark.spec("CUS-20", "LIC-23", "EML-15")
def test_an_assignment_brings_an_invitation_and_the_key(owner: Actor, generator: Generator) -> None:
    license = services.issue(owner, generator, "john@example.com")
    assert len(_mails("customer-invitation")) == 1
    issued = _mails("license-issued")[0]
    assert (issued.to, issued.subject) == ("john@example.com", "Your Pro App license")
    assert license.license_key in issued.text
    services.issue(owner, generator, "john@example.com")
    assert len(_mails("customer-invitation")) == 1
    assert len(_mails("license-issued")) == 2


@pytest.mark.spec("EML-15")
def test_a_product_that_sends_no_mail(owner: Actor, generator: Generator) -> None:
    Product.objects.update(email_on_issue=False)
    services.issue(owner, generator, "john@example.com")
    assert not Message.objects.exists()


def test_many_licenses_are_one_mail(owner: Actor, generator: Generator) -> None:
    stock = services.generate(owner, generator, 25).licenses
    services.assign_many(owner, stock, "john@example.com")
    (issued,) = _mails("license-issued")
    assert sum(one.license_key in issued.text for one in stock) == 20
    assert "and 5 more in the customer portal" in issued.text


def test_a_transfer_tells_the_new_owner(owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    services.transfer(owner, license, "new@example.com")
    (assigned,) = _mails("license-assigned")
    assert assigned.to == "new@example.com"
    assert license.license_key in assigned.text


def test_other_environments_are_named(owner: Actor, license_in: LicenseIn) -> None:
    Product.objects.update(environment="staging")
    License.objects.update(environment="staging")
    license = license_in()
    License.objects.update(environment="staging")
    services.assign(owner, license, "john@example.com")
    assert _mails("license-issued")[0].subject == "[Staging] Your Pro App license"


@pytest.mark.spec("JOB-11")
def test_reminders_go_out_once_each_and_only_when_wanted(license_in: LicenseIn, work: Work) -> None:
    license = license_in(Status.ASSIGNED)
    with clock.fixed(NOON):
        License.objects.update(expires_at=NOON + timedelta(days=40, hours=3))

    def day(number: int) -> int:
        with clock.fixed(NOON + timedelta(days=number)):
            enqueue(remind)
            work()
            return len(_mails("license-expiring"))

    assert day(30) == 0  # not turned on
    preferences.set_value("licenses.expiry_notices", True)
    assert [day(number) for number in (9, 10, 11, 12, 26, 27, 32, 33, 34, 35, 39)] == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    first = _mails("license-expiring")[0]
    assert "ends on Dec 31, 2026" in first.subject
    assert license.license_key not in first.text


def _install(owner: Actor, license: License, name: str) -> Activation:
    _, device = activations.activate(owner, license, identifier=name, kind="hardware", ip="203.0.113.24")
    assert device is not None
    return device


@pytest.mark.spec("EML-15", "EML-17")
def test_each_device_is_confirmed_once(owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    _install(owner, license, "DESKTOP-4K7QX")
    _install(owner, license, "DESKTOP-4K7QX")
    (confirmed,) = _mails("activation-confirmed")
    assert (confirmed.to, confirmed.subject) == ("john@example.com", "Pro App was activated on a device")
    assert "DESKTOP-4K7QX" in confirmed.text
    assert license.license_key not in confirmed.text


@pytest.mark.spec("CLP-32", "ACT-22", "ACT-26")
def test_only_a_device_taken_off_in_the_portal_is_told(owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    License.objects.update(activation_limit=9)
    first, *_ = [_install(owner, license, f"PC-{number}") for number in range(4)]
    activations.end(owner, first)
    himself = accounts.themselves(Customer.objects.get())
    activations.end_own(himself, Activation.objects.select_related("license__customer").get(identifier="PC-1"))
    activations.deactivate(owner, license, identifier="PC-2")
    activations.end_all(owner, license)
    (told,) = _mails("activation-ended")
    assert "PC-1" in told.text


@pytest.mark.spec("EML-15")
def test_suspension_and_revocation_are_told_once(owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    for _ in range(2):
        services.suspend(owner, license, reason="chargeback under review")
    (suspended,) = _mails("license-suspended")
    assert suspended.to == "john@example.com"
    assert "chargeback" not in suspended.text
    for _ in range(2):
        services.revoke(owner, license, reason="refunded")
    (revoked,) = _mails("license-revoked")
    assert "refunded" not in revoked.text
    services.revoke(owner, license_in())  # in stock: nobody to tell
    assert len(_mails("license-revoked")) == 1


def test_what_many_licenses_meet_is_one_mail_for_each_owner(
    owner: Actor, generator: Generator, license_in: LicenseIn, work: Work
) -> None:
    stock = services.generate(owner, generator, 8).licenses
    for number, one in enumerate(stock):
        services.assign(owner, one, f"person{number % 7}@example.com")
    Message.objects.all().delete()
    services.revoke_many(owner, list(License.objects.all()))
    assert _mails("license-revoked") == []  # of more than a few owners: by a job, made in the same transaction
    work()
    told = _mails("license-revoked")
    assert sorted(mail.to for mail in told) == [f"person{number}@example.com" for number in range(7)]


@pytest.mark.spec("EML-15", "JOB-11")
def test_an_end_is_told_unless_it_lies_far_back(license_in: LicenseIn, work: Work) -> None:
    recent, old = license_in(Status.ASSIGNED), license_in(Status.ASSIGNED, "sarah@company.com")
    License.objects.filter(pk=recent.pk).update(expires_at=clock.now() - timedelta(minutes=2))
    License.objects.filter(pk=old.pk).update(expires_at=clock.now() - timedelta(days=8))
    for _ in range(2):
        enqueue(expire)
        work()
    assert License.objects.filter(status="expired").count() == 2
    assert [mail.to for mail in _mails("license-expired")] == ["john@example.com"]


@pytest.mark.spec("CUS-17")
def test_a_transfer_tells_the_old_owner_without_naming_the_new_one(owner: Actor, license_in: LicenseIn) -> None:
    license_in(Status.ASSIGNED)
    license_in(Status.ACTIVE)
    services.transfer_all(owner, Customer.objects.get(), "new.owner@example.com")
    (moved,) = _mails("license-transferred")
    assert moved.to == "john@example.com"
    assert "from john@example.com to n•••@example.com: 2." in moved.text
    assert "new.owner" not in moved.html


def test_many_former_owners_are_told_by_a_job(owner: Actor, generator: Generator, work: Work) -> None:
    for number in range(7):
        services.issue(owner, generator, f"person{number}@example.com")
    services.assign_many(owner, list(License.objects.all()), "new@example.com")
    assert len(_mails("license-transferred")) == 5
    work()
    assert sorted(mail.to for mail in _mails("license-transferred")) == [f"person{one}@example.com" for one in range(7)]


@pytest.mark.spec("CLP-61", "EML-15")
def test_who_wants_no_news_gets_none_but_learns_that_licenses_left(
    owner: Actor, license_in: LicenseIn, generator: Generator, work: Work
) -> None:
    license = license_in(Status.ASSIGNED)
    john = Customer.objects.get()
    CustomerSettings.objects.create(customer=john, email_notifications=False)
    Message.objects.all().delete()
    device = _install(owner, license, "DESKTOP-4K7QX")
    activations.end(owner, device)
    services.issue(owner, generator, john.email)
    License.objects.filter(pk=license.pk).update(expires_at=clock.now() + timedelta(days=10))
    preferences.set_value("licenses.expiry_notices", True)
    enqueue(remind)
    work()
    services.suspend(owner, license, reason="chargeback under review")
    services.reactivate(owner, license)
    services.revoke(owner, license_in(Status.ASSIGNED))
    services.transfer(owner, license, "new@example.com")
    told = Message.objects.exclude(template__in=["customer-invitation", "license-assigned"])
    assert list(told.values_list("template", "customer")) == [("license-transferred", john.uuid)]


@pytest.mark.spec("EML-15")
def test_a_product_without_mails_sends_none_of_these(owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    Product.objects.update(email_on_issue=False)
    Message.objects.all().delete()
    activations.end(owner, _install(owner, license, "DESKTOP-4K7QX"))
    services.suspend(owner, license, reason="chargeback under review")
    services.reactivate(owner, license)
    services.transfer(owner, license, "new@example.com")
    services.revoke(owner, license)
    assert not Message.objects.exists()


@pytest.mark.spec("CUS-43")
def test_nobody_writes_to_a_deleted_customer(owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    Customer.objects.update(erased_at=clock.now())
    Message.objects.all().delete()
    lifecycle.transition(system("test", "production"), license, Status.REVOKED)
    assert not Message.objects.exists()
