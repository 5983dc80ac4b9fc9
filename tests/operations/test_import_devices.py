"""Activations taken over from elsewhere."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.core.errors import Invalid, NotPermitted
from keyturn.licensing.abuse import detection
from keyturn.licensing.abuse.models import Watermark
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.imports import devices
from keyturn.operations.imports.devices import Outcome
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from tests.conftest import ActorFor
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.portals.conftest import ClientOf, admin_of, client_of

__all__ = ["admin_of", "client_of", "generator", "license_in", "product"]
pytestmark = pytest.mark.django_db


def _import(actor: Actor, text: str) -> Outcome:
    return devices.carry_out(actor, io.BytesIO(text.encode()))


def test_devices_keep_their_seats_and_dates(owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    outcome = _import(
        owner,
        "Key,Hardware ID,Domain,Activated,Last seen\n"
        f"{license.license_key},PC-1,,2024-03-01T08:00:00Z,2024-05-01\n"
        f"{license.license_key},,app.example.com,2024-04-01,\n",
    )
    assert (outcome.rows, outcome.made, outcome.faults) == (2, 2, [])
    license.refresh_from_db()
    assert (license.status, license.active_devices) == ("active", 2)
    assert license.activated_at == datetime(2024, 3, 1, 8, tzinfo=UTC)
    first, second = license.activations.order_by("pk")
    assert (first.identifier, first.kind, first.activated_at) == ("PC-1", "hardware", license.activated_at)
    assert (first.last_verified_at, second.last_verified_at) == (datetime(2024, 5, 1, tzinfo=UTC), None)
    assert (second.identifier, second.kind, second.product) == ("app.example.com", "domain", license.product)
    events = AuditEvent.objects.filter(license_uuid=license.uuid).order_by("pk").values_list("action", flat=True)
    assert list(events)[-3:] == ["license.activated", "activation.created", "activation.created"]


def test_the_same_file_again_changes_nothing(owner: Actor, license_in: LicenseIn) -> None:
    text = f"license_key,identifier\n{license_in(Status.ASSIGNED).license_key},PC-1\n"
    assert _import(owner, text).made == 1
    again = _import(owner, text)
    assert (again.made, again.known, again.faults) == (0, 1, [])
    assert License.objects.get().active_devices == Activation.objects.count() == 1


def test_the_rules_of_an_activation_hold(owner: Actor, license_in: LicenseIn) -> None:
    licenses = {state: license_in(state) for state in Status}
    full = licenses[Status.ACTIVE]
    rows = [
        *((licenses[state].license_key, "PC-1", "") for state in Status if state not in ("assigned", "active")),
        ("UNKNOWN", "PC-1", ""),
        *((full.license_key, f"PC-{number}", "") for number in range(3)),
        (full.license_key, "", ""),
        (full.license_key, "x" * 256, ""),
        ("PRO-••••-8WZC", "PC-1", ""),
        (licenses[Status.ASSIGNED].license_key, "PC-1", "2999-01-01"),
        (licenses[Status.ASSIGNED].license_key, "PC-1", "yesterday"),
    ]
    outcome = _import(owner, "key,identifier,activated\n" + "\n".join(map(",".join, rows)))
    assert outcome.made == 2
    assert [reason.partition(":")[0] for _, reason in outcome.faults] == [
        "The identifier must have 1 to 255 characters.",
        "The identifier must have 1 to 255 characters.",
        "license_key is empty or masked",
        "“2999-01-01” lies in the future.",
        "“yesterday” is no date",
        "This license key is not assigned.",
        "License key blocked.",
        "License key expired.",
        "License key blocked.",
        "Invalid license key.",
        "License key reached activation limit.",
    ]
    full.refresh_from_db()
    assert (full.active_devices, full.activations.filter(status="active").count()) == (3, 3)


def test_a_license_of_another_environment_is_unknown(actor_for: ActorFor, license_in: LicenseIn) -> None:
    key = license_in(Status.ASSIGNED).license_key
    outcome = _import(actor_for(Role.SUPER_ADMIN, "staging"), f"license_key,identifier\n{key},PC-1\n")
    assert outcome.faults == [(2, "Invalid license key.")]


def test_other_files_and_other_people_are_refused(owner: Actor, viewer: Actor, license_in: LicenseIn) -> None:
    for text in ("", "a,b\n1,2\n", "license_key\nKEY\n", "identifier\nPC\n", '[{"license_key": "A"}]'):
        with pytest.raises(Invalid):
            _import(owner, text)
    with pytest.raises(NotPermitted):
        _import(viewer, "license_key,identifier\nA,B\n")


@pytest.mark.parametrize("format", ["csv", "excel", "json"])
def test_our_own_export_of_activations_comes_back(
    owner: Actor, client_of: ClientOf, license_in: LicenseIn, format: str
) -> None:
    license = license_in(Status.ACTIVE)
    activations.activate(owner, license, identifier="gone.example.com", kind="domain")
    activations.deactivate(owner, license, identifier="gone.example.com")
    text = _exported(client_of(Role.SUPER_ADMIN), format)
    before = license.activations.get(status="active")
    key, email = license.license_key, license.customer.email if license.customer else ""
    services.delete_many(owner, [license])
    again = license_in(Status.ASSIGNED, email)
    License.objects.filter(pk=again.pk).update(license_key=key)
    outcome = _import(owner, text)
    assert (outcome.made, outcome.ended, outcome.faults) == (1, 1, [])
    after = Activation.objects.get()
    assert (after.identifier, after.kind) == (before.identifier, before.kind)
    assert after.activated_at == before.activated_at.replace(microsecond=after.activated_at.microsecond)


def _exported(client: Client, format: str) -> str:
    answer = client.get(f"/admin/activations/export?format={format}")
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


@pytest.mark.spec("ACT-31")
def test_imported_devices_are_no_misuse(owner: Actor, license_in: LicenseIn) -> None:
    preferences.set_value("abuse.simultaneous", 2)
    key = license_in(Status.ASSIGNED).license_key
    _import(owner, f"license_key,identifier\n{key},PC-1\n{key},PC-2\n{key},PC-3\n")
    with clock.fixed(clock.now() + timedelta(minutes=5)):
        assert detection.run() == {"judged": 3, "suspicious": 0}
        Activation.objects.update(details={})
        Watermark.objects.update(judged=0)
        assert detection.run()["suspicious"] > 0, "activated by programs, they would be"
