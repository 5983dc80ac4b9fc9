"""What customers do with their own licenses and devices, and with nobody else's."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor, system
from keyturn.access.permissions import CUSTOMER, GRANTED, Permission, Right, Role
from keyturn.core import clock
from keyturn.core.errors import Invalid, NotPermitted, Refused
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, diagnosis, services
from keyturn.licensing.licenses.grants import Grant, grants
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import DeviceStanding, Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn

pytestmark = pytest.mark.django_db


def _actor(email: str = "john@example.com") -> Actor:
    return customers.actor_of(Customer.objects.get(email=email))


@pytest.mark.spec("CLP-03")
def test_customers_hold_no_right_of_admins_and_admins_none_of_customers() -> None:
    assert not CUSTOMER & set(Permission)
    assert not any(set(Right) & GRANTED[role] for role in Role.values)


@pytest.mark.spec("CLP-03", "CUS-33", "ACT-41")
def test_only_the_owner_reveals_and_deactivates(license_in: LicenseIn, owner: Actor) -> None:
    license, other = license_in(Status.ACTIVE), license_in(Status.ACTIVE, "sarah@company.com")
    device = license.activations.get()
    for actor in (_actor("sarah@company.com"), owner, system(), Actor("customer", id=_actor().id)):
        with pytest.raises(NotPermitted):
            services.reveal_own(actor, license)
        with pytest.raises(NotPermitted):
            activations.end_own(actor, device)
        with pytest.raises(NotPermitted):
            customers.rename_self(actor, Customer.objects.get(email="john@example.com"), "Mallory")
    with pytest.raises(NotPermitted):
        services.reveal_own(_actor(), other)
    with pytest.raises(NotPermitted):
        services.suspend(_actor(), license, reason="no")
    assert services.reveal_own(_actor(), license) == license.license_key
    event = AuditEvent.objects.get(action="license.key_revealed")
    assert (event.actor_kind, event.actor_id) == ("customer", _actor().id)


@pytest.mark.spec("CLP-32")
def test_ending_an_own_device_frees_its_slot_and_leaves_the_license(license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    device = activations.end_own(_actor(), license.activations.get())
    license.refresh_from_db()
    assert (device.standing, license.status, license.active_devices) == (DeviceStanding.INACTIVE, Status.ACTIVE, 0)
    event = AuditEvent.objects.get(action="activation.deleted")
    assert (event.actor_kind, str(event.customer_uuid)) == ("customer", _actor().id)
    with pytest.raises(Refused, match="not active any more"):
        activations.end_own(_actor(), device)
    assert AuditEvent.objects.filter(action="activation.deleted").count() == 1


@pytest.mark.spec("CLP-32")
def test_devices_of_a_suspended_license_stay(license_in: LicenseIn) -> None:
    device = license_in(Status.SUSPENDED, activated=True).activations.get()
    with pytest.raises(Refused, match="suspended"):
        activations.end_own(_actor(), device)
    assert device.standing == DeviceStanding.SUSPENDED
    found = {one: Activation.objects.standing(one).count() for one in DeviceStanding}
    assert found == {"active": 0, "inactive": 0, "suspended": 1}


@pytest.mark.spec("CLP-50")
def test_a_name_is_changed_and_not_emptied(license_in: LicenseIn) -> None:
    license_in(Status.ASSIGNED)
    john = Customer.objects.get()
    assert customers.rename_self(_actor(), john, "  John   Smith ").name == "John Smith"
    assert AuditEvent.objects.get(action="customer.updated").actor_kind == "customer"
    for wrong in ("", "  ", "x" * 300):
        with pytest.raises(Invalid):
            customers.rename_self(_actor(), john, wrong)
    assert Customer.objects.get().name == "John Smith"


@pytest.mark.spec("CLP-10")
def test_figures(license_in: LicenseIn, generator: Generator) -> None:
    for status in (Status.ASSIGNED, Status.ACTIVE, Status.SUSPENDED, Status.REVOKED):
        license_in(status)
    license_in(Status.ACTIVE, "sarah@company.com")
    License.objects.filter(status=Status.ACTIVE).update(expires_at=clock.now() + timedelta(days=29, hours=23))
    License.objects.filter(status=Status.ASSIGNED).update(expires_at=clock.now() + timedelta(days=31))
    License.objects.filter(status=Status.SUSPENDED).update(expires_at=clock.now() - timedelta(days=1))
    found = License.objects.of(Customer.objects.get(email="john@example.com")).figures()
    assert (found.total, found.active, found.expiring, found.devices, found.products) == (4, 1, 1, 1, 1)
    assert License.objects.none().figures().devices == 0


@pytest.mark.spec("CLP-25", "CLP-26")
def test_every_failed_rule_is_named(license_in: LicenseIn, product: Product, owner: Actor) -> None:
    full, license = license_in(Status.ACTIVE, "sarah@company.com"), license_in(Status.SUSPENDED)
    License.objects.filter(pk=full.pk).update(activation_limit=1)
    found = diagnosis.diagnose(License.objects.select_related("product").get(pk=full.pk))
    assert ([one.code for one in found.failures], found.verify.code, found.activation.code) == ([302], 200, 302)
    License.objects.filter(pk=license.pk).update(expires_at=clock.now() - timedelta(days=1))
    Product.objects.update(status="inactive")
    found = diagnosis.diagnose(License.objects.select_related("product").get(pk=license.pk))
    assert ([one.code for one in found.failures], found.verify.code) == ([204, 205, 203, 202], 204)


@pytest.mark.spec("CLP-22")
def test_grants_speak_the_words_of_the_product(license_in: LicenseIn, product: Product) -> None:
    product.features.create(key="export", label="Export to PDF", type="boolean", default=False)
    product.features.create(key="users", label="Max users", type="number", default=5)
    license = license_in(Status.ASSIGNED)
    license.features = {"export": True, "night_mode": True}
    assert grants(license) == [
        Grant("Export to PDF", "", True),
        Grant("Max users", "", 5),
        Grant("Night mode", "", True),
    ]
