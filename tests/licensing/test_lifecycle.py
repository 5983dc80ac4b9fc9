"""The table of the license lifecycle, arrow by arrow and gap by gap."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.errors import NotPermitted, Refused
from keyturn.licensing.licenses import activations, lifecycle, services
from keyturn.licensing.licenses.lifecycle import TransitionRefused
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn

pytestmark = pytest.mark.django_db

REFUSED = [(a, b) for a in Status for b in Status if a != b and (a, b) not in lifecycle.TABLE]


def _events(license: License, action: str = "") -> list[AuditEvent]:
    events = AuditEvent.objects.filter(subject_id=str(license.uuid)).order_by("id")
    return list(events.filter(action=action) if action else events)


@pytest.mark.spec("LCY-10", "LCY-15", "LCY-01")
@pytest.mark.parametrize(("origin", "to"), REFUSED)
def test_a_pair_outside_the_table_is_refused(origin: Status, to: Status, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(origin)
    customer = Customer.objects.first()
    with pytest.raises(TransitionRefused) as refusal:
        lifecycle.transition(owner, license, to, customer_id=customer.pk if customer else None)
    assert refusal.value.message
    license.refresh_from_db()
    assert license.status == origin


def test_the_table_has_the_arrows_of_the_specification() -> None:
    assert len(lifecycle.TABLE) == 1 + 1 + 2 + 2 + 4 + 5 + 2 + 3
    assert len(REFUSED) == 30 - len(lifecycle.TABLE)


@pytest.mark.spec("LCY-20")
def test_a_refused_attempt_is_on_record(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.REVOKED)
    with pytest.raises(Refused, match="final"):
        services.suspend(owner, license, reason="second thoughts")
    (event,) = _events(license, "license.transition_refused")
    assert event.changes["wanted"] == "suspended"
    assert event.actor_id == owner.id


@pytest.mark.spec("LCY-20")
def test_an_entry_has_before_after_actor_and_request(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    services.suspend(owner, license, reason="chargeback")
    (event,) = _events(license, "license.suspended")
    assert event.changes["status"] == ["active", "suspended"]
    assert (event.actor_kind, event.actor_id, audit.personal_data(event)["note"]) == ("admin", owner.id, "chargeback")
    assert license.license_key not in str(event.changes)


@pytest.mark.spec("LCY-21")
def test_repeating_a_transition_changes_nothing(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.SUSPENDED)
    before = len(_events(license))
    services.suspend(owner, license, reason="again")
    assert len(_events(license)) == before
    assigned = license_in(Status.ASSIGNED)
    before = len(_events(assigned))
    services.assign(owner, assigned, "John@Example.com")
    assert len(_events(assigned)) == before


@pytest.mark.parametrize("prior", [Status.ASSIGNED, Status.ACTIVE])
def test_reactivation_returns_to_the_state_before(prior: Status, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(prior)
    services.suspend(owner, license, reason="payment failed", source="payment")
    assert (license.status_source, license.prior_status) == ("payment", prior)
    services.reactivate(owner, license)
    assert license.status == prior
    assert (license.status_source, license.status_reason, license.prior_status) == ("", "", "")


def test_a_suspended_license_past_its_expiry_is_renewed_not_reactivated(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.SUSPENDED)
    with clock.fixed(clock.now() + timedelta(days=500)), pytest.raises(Refused, match="Renew"):
        services.reactivate(owner, license)


def test_suspension_and_expiry_keep_devices_and_revocation_ends_them(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    services.suspend(owner, license, reason="x")
    assert license.active_devices == 1
    services.revoke(owner, license, reason="key leaked")
    assert license.active_devices == 0
    (device,) = license.activations.all()
    assert (device.status, device.deactivated_reason) == ("inactive", "license_revoked")


@pytest.mark.parametrize("activated", [True, False])
def test_renewal_brings_an_expired_license_back(activated: bool, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.EXPIRED, activated=activated)
    with pytest.raises(Refused, match="future"):
        services.renew(owner, license, expires_at=clock.now() - timedelta(days=1))
    later = clock.now() + timedelta(days=800)
    services.renew(owner, license, expires_at=later)
    assert license.status == (Status.ACTIVE if activated else Status.ASSIGNED)
    assert license.expires_at == later
    assert license.active_devices == int(activated)
    assert _events(license, "license.updated")[-1].changes["renewed"] is True


def test_renewal_extends_a_license_in_use_and_never_shortens_it(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    assert license.expires_at is not None
    with pytest.raises(Refused, match="later"):
        services.renew(owner, license, expires_at=license.expires_at - timedelta(days=1))
    services.renew(owner, license, expires_at=license.expires_at + timedelta(days=365))
    assert license.status == Status.ACTIVE


def test_unassigning_returns_a_license_to_stock(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    expires_at = license.expires_at
    services.unassign(owner, license)
    assert (license.status, license.customer, license.active_devices) == (Status.AVAILABLE, None, 0)
    assert license.expires_at == expires_at
    for kept in (Status.SUSPENDED, Status.EXPIRED, Status.REVOKED):
        with pytest.raises(Refused):
            services.unassign(owner, license_in(kept))


@pytest.mark.spec("LCY-13")
def test_ending_the_last_device_leaves_the_license_active(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    activations.end(owner, license.activations.get())
    license.refresh_from_db()
    assert (license.status, license.active_devices) == (Status.ACTIVE, 0)


@pytest.mark.spec("LCY-12", "LIC-24")
def test_a_transfer_keeps_state_key_and_devices(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    services.transfer(owner, license, "new@email.com")
    assert license.customer is not None
    assert license.customer.email == "new@email.com"
    assert (license.status, license.active_devices) == (Status.ACTIVE, 1)
    assert Customer.objects.filter(email="john@example.com").exists()
    assert len(_events(license, "license.transferred")) == 1


@pytest.mark.spec("LCY-17")
@pytest.mark.parametrize("status", list(Status))
def test_deletion_works_in_every_state_and_leaves_a_record(status: Status, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(status)
    assert services.delete_many(owner, [license]) == 1
    assert not License.objects.filter(pk=license.pk).exists()
    (event,) = _events(license, "license.deleted")
    assert event.changes["was"]["status"] == status


@pytest.mark.spec("LIC-34")
def test_a_viewer_changes_nothing(license_in: LicenseIn, viewer: Actor) -> None:
    license = license_in(Status.ACTIVE)
    with pytest.raises(NotPermitted):
        services.revoke(viewer, license)
    with pytest.raises(NotPermitted):
        services.reveal(viewer, license)
    license.refresh_from_db()
    assert license.status == Status.ACTIVE


def test_a_bulk_change_is_all_or_nothing(license_in: LicenseIn, owner: Actor) -> None:
    stock, stopped = license_in(), license_in(Status.REVOKED)
    with pytest.raises(Refused):
        services.assign_many(owner, [stock, stopped], "sarah@company.com")
    stock.refresh_from_db()
    assert stock.status == Status.AVAILABLE
    assert not Customer.objects.filter(email="sarah@company.com").exists()
