"""The page of one activation, the file of all, and who ends them how."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.core.text import mask_key
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.models import Job
from keyturn.platform.mail.models import Message
from keyturn.portals.admin import urls
from tests.api.conftest import Api, api
from tests.jobs import Work
from tests.portals.conftest import ClientOf

__all__ = ["api"]
pytestmark = pytest.mark.django_db
COLUMNS = [
    *("License Key", "Product", "Customer Email", "Identifier", "Activation IP", "Last IP", "Status", "Activated"),
    *("Last Verified", "Deactivated"),
]


def _file(client: Client, query: str = "") -> list[list[str]]:
    answer = client.get(f"/admin/activations/export{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.spec("ACT-40")
@pytest.mark.parametrize("role", Role.values)
def test_the_file_has_the_rows_of_the_list(role: str, client_of: ClientOf, full_license: License) -> None:
    client = client_of(role)
    assert "/admin/activations/export" in client.get("/admin/activations").content.decode()
    head, *rows = _file(client)
    assert head == COLUMNS
    shown = mask_key(full_license.license_key) if role == Role.VIEWER else full_license.license_key
    assert [(row[0], row[2], row[3]) for row in rows] == [
        (shown, "john@example.com", name) for name in ("DESKTOP-4K7QX", "MBP-14", "OLD-LAPTOP")
    ]
    assert [row[3] for row in _file(client, "?search=laptop&status=active")[1:]] == ["OLD-LAPTOP"]
    answer = client.get("/admin/activations/export?format=json&search=laptop")
    (found,) = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert (found["identifier"], found["activation_ip"]) == ("OLD-LAPTOP", "203.0.113.24")
    assert AuditEvent.objects.filter(action="list.exported").count() == 3


@pytest.mark.spec("ACT-02", "ACT-04", "ACT-30")
def test_the_page(super_admin: Client, full_license: License, owner: Actor) -> None:
    device = Activation.objects.get(identifier="OLD-LAPTOP")
    Activation.objects.filter(pk=device.pk).update(user_agent="App/2.1", details={"os": "Windows 11"})
    page = super_admin.get(f"/admin/activations/{device.uuid}").content.decode()
    for text in ("OLD-LAPTOP", "Pro App", "John Smith", "203.0.113.24", "Abandoned?", "App/2.1", "Windows 11"):
        assert text in page
    assert full_license.license_key not in page
    super_admin.post(f"/admin/activations/{device.uuid}/deactivate", {"reason": "laptop was sold"})
    page = super_admin.get(f"/admin/activations/{device.uuid}").content.decode()
    for text in (
        "Inactive",
        "laptop was sold",
        "Device deactivated",
        "Super_Admin Person (admin)",
        "License activated",
    ):
        assert text in page
    event = AuditEvent.objects.get(action="activation.deleted")
    assert (audit.personal_data(event)["note"], event.actor_kind, str(device.uuid)) == (
        "laptop was sold",
        "admin",
        event.subject_id,
    )
    assert event.request_id in page
    assert "Deactivate…" not in page


@pytest.mark.spec("ACT-04", "ACT-15", "ACT-05")
def test_times_read_as_dates_and_as_how_long_ago(super_admin: Client, full_license: License) -> None:
    at = timezone.make_aware(timezone.datetime(2026, 1, 26, 8))  # type: ignore[attr-defined]
    Activation.objects.filter(identifier="OLD-LAPTOP").update(activated_at=at, last_verified_at=None, last_ip="")
    page = super_admin.get("/admin/activations?search=laptop").content.decode()
    for text in ("Jan 26, 2026", "Never", ">none<"):
        assert text in page


@pytest.mark.spec("ACT-10", "ACT-12", "ACT-15", "ACT-16")
def test_an_online_activation_keeps_what_was_sent(api: Api) -> None:
    license = api.license(activation_limit=1)
    assert not license.activations.exists()
    given = {"license_key": license.license_key, "identifier": "PC-1", "metadata": '{"room": "5"}', "os": "Debian"}
    assert api.post("activate", agent="App/3", **given).code == 300
    device = license.activations.get()
    assert (device.identifier, device.activation_ip, device.user_agent) == ("PC-1", "192.0.2.7", "App/3")
    assert device.details["os"] == "Debian"
    assert json.loads(device.details["metadata"]) == {"room": "5"}
    assert api.post("activate", license_key=license.license_key, identifier="PC-2").code == 302
    assert license.activations.count() == 1
    before = device.last_verified_at
    with clock.fixed(clock.now() + timedelta(minutes=5)):
        api.post("verify", license_key=license.license_key, identifier="PC-1")
    device.refresh_from_db()
    assert device.last_verified_at is not None
    assert before is not None
    assert device.last_verified_at > before


@pytest.mark.spec("ACT-24", "ACT-21", "ACT-23")
def test_software_and_admins_end_devices(api: Api, super_admin: Client) -> None:
    license = api.license(devices=["PC-1", "PC-2"])
    known = {"license_key": license.license_key, "identifier": "PC-1"}
    assert [api.post("deactivate", **known).code for _ in range(2)] == [400, 401]
    device = license.activations.get(identifier="PC-2")
    customer = super_admin.get(f"/admin/customers/{api.customer.uuid}").content.decode()
    assert f"/admin/activations/{device.uuid}/deactivate" in customer
    assert super_admin.post(f"/admin/activations/{device.uuid}/deactivate").status_code == 204
    assert api.post("verify", license_key=license.license_key, identifier="PC-2").code == 202
    license.refresh_from_db()
    assert (license.status, license.active_devices) == ("active", 0)
    assert api.post("activate", **known).code == 300
    assert license.activations.filter(identifier="PC-1").count() == 2


@pytest.mark.spec("ACT-22")
def test_nobody_is_written_to(super_admin: Client, full_license: License, work: Work) -> None:
    before = Job.objects.count(), Message.objects.count()
    device = Activation.objects.get(identifier="MBP-14")
    super_admin.post(f"/admin/activations/{device.uuid}/deactivate")
    assert (Job.objects.count(), Message.objects.count()) == before


@pytest.mark.spec("ACT-26", "ACT-27")
def test_rows_are_neither_selected_nor_deleted_here(super_admin: Client, full_license: License, owner: Actor) -> None:
    page = super_admin.get("/admin/activations").content.decode()
    assert 'name="ids"' not in page
    assert "Delete" not in page
    named = {one.name for one in urls.urlpatterns if one.name and one.name.startswith("activation")}
    assert named == {"activations", "activations_export", "activation", "activation_deactivate"}
    services.revoke(owner, full_license)
    assert Activation.objects.filter(status="inactive").count() == 3


@pytest.mark.spec("ACT-25")
def test_a_second_deactivation_says_so(super_admin: Client, full_license: License, owner: Actor) -> None:
    device = Activation.objects.get(identifier="MBP-14")
    activations.end(owner, device)
    answer = super_admin.post(f"/admin/activations/{device.uuid}/deactivate", headers={"HX-Request": "true"})
    assert "not active any more" in answer["HX-Trigger"]
    services.delete_many(owner, [full_license])
    assert super_admin.post(f"/admin/activations/{device.uuid}/deactivate").status_code == 404


def test_the_number_of_queries(
    super_admin: Client, full_license: License, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    device = Activation.objects.get(identifier="MBP-14")
    with django_assert_max_num_queries(11):
        super_admin.get(f"/admin/activations/{device.uuid}")
    with django_assert_max_num_queries(9):
        _file(super_admin)
