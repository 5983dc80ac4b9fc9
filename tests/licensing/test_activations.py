"""Devices: the limit, repeated activation, ending one."""

import pytest
from django.db import IntegrityError, transaction

from keyturn.access.actors import Actor
from keyturn.core.errors import NotPermitted, Refused
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn

pytestmark = pytest.mark.django_db


def _activate(owner: Actor, license: License, identifier: str) -> int:
    verdict, _ = activations.activate(owner, license, identifier=identifier, kind="hardware", ip="203.0.113.24")
    return verdict.code


@pytest.mark.spec("ACT-12", "ACT-14", "LIC-28")
def test_devices_fill_the_limit_and_no_more(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    assert [_activate(owner, license, f"PC-{n}") for n in range(4)] == [300, 300, 300, 302]
    license.refresh_from_db()
    assert (license.status, license.active_devices, license.activations.count()) == (Status.ACTIVE, 3, 3)
    actions = AuditEvent.objects.filter(license_uuid=license.uuid).values_list("action", flat=True)
    assert list(actions).count("activation.created") == 3
    assert list(actions).count("license.activated") == 1


@pytest.mark.spec("ACT-13")
def test_the_same_device_again_uses_no_second_seat(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    assert [_activate(owner, license, "PC-1") for _ in range(3)] == [300, 301, 301]
    license.refresh_from_db()
    assert (license.active_devices, license.activations.count()) == (1, 1)


@pytest.mark.spec("ACT-23", "ACT-21", "CUS-13")
def test_an_ended_device_frees_its_slot_and_comes_back_as_a_new_row(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    for n in range(3):
        _activate(owner, license, f"PC-{n}")
    activations.end(owner, license.activations.get(identifier="PC-0"), reason="abandoned")
    assert _activate(owner, license, "PC-9") == 300
    assert _activate(owner, license, "PC-0") == 302
    activations.end(owner, license.activations.get(identifier="PC-1"))
    assert _activate(owner, license, "PC-0") == 300
    assert license.activations.filter(identifier="PC-0").count() == 2


@pytest.mark.spec("ACT-25")
def test_ending_a_device_twice_changes_nothing(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    device = license.activations.get()
    activations.end(owner, device)
    with pytest.raises(Refused, match="not active"):
        activations.end(owner, device)
    license.refresh_from_db()
    assert license.active_devices == 0


@pytest.mark.spec("ACT-40")
def test_a_viewer_ends_nothing(license_in: LicenseIn, viewer: Actor) -> None:
    license = license_in(Status.ACTIVE)
    with pytest.raises(NotPermitted):
        activations.end(viewer, license.activations.get())


def test_unlimited_means_unlimited(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in()
    services.edit(owner, license, version=license.version, activation_limit=-1)
    services.assign(owner, license, "john@example.com")
    assert {_activate(owner, license, f"PC-{n}") for n in range(12)} == {300}


@pytest.mark.spec("ACT-11", "LIC-25")
@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.AVAILABLE, 201), (Status.SUSPENDED, 204), (Status.EXPIRED, 205), (Status.REVOKED, 204)],
)
def test_a_license_that_may_not_be_used_takes_no_device(
    status: Status, code: int, license_in: LicenseIn, owner: Actor
) -> None:
    license = license_in(status)
    assert _activate(owner, license, "PC-1") == code
    assert not license.activations.filter(identifier="PC-1").exists()


def test_lowering_the_limit_keeps_devices_and_refuses_new_ones(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    for n in range(3):
        _activate(owner, license, f"PC-{n}")
    license.refresh_from_db()
    services.edit(owner, license, version=license.version, activation_limit=1)
    assert license.active_devices == 3
    assert _activate(owner, license, "PC-9") == 302
    assert _activate(owner, license, "PC-1") == 301


def test_the_database_allows_one_active_row_for_a_device(license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    device = license.activations.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Activation.objects.create(
            license=license, environment="production", identifier=device.identifier, kind="hardware"
        )


@pytest.mark.spec("ACT-30")
def test_the_trail_of_a_device_keeps_its_address_sealed(license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ASSIGNED)
    _activate(owner, license, "PC-1")
    event = AuditEvent.objects.get(action="activation.created")
    assert "203.0.113.24" not in str(event.changes)
    assert audit.personal_data(event) == {"identifier": "PC-1", "ip": "203.0.113.24"}


def test_removing_a_license_removes_its_devices(license_in: LicenseIn, owner: Actor) -> None:
    services.delete_many(owner, [license_in(Status.ACTIVE)])
    assert not Activation.objects.exists()
