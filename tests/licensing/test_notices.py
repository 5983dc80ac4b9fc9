"""Mails about licenses: when they go out, to whom, and once."""

from datetime import UTC, datetime, timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.tasks import remind
from keyturn.licensing.products.models import Product
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
