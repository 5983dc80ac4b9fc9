"""A customer's data handed out, and a customer erased."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.errors import Invalid, NotPermitted, Refused
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.privacy import prepared
from keyturn.operations.privacy import services as privacy
from keyturn.operations.privacy.collecting import TABLES
from keyturn.operations.privacy.models import ComplianceRecord, Delivery, PreparedExport
from keyturn.operations.privacy.pdf import as_pdf
from keyturn.people.customers import lists
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts
from keyturn.people.signin.models import SignIn
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent, DataKey
from keyturn.platform.mail import sealing
from keyturn.platform.mail.models import Message
from keyturn.platform.preferences.models import Preference
from tests.jobs import Work, work
from tests.licensing.conftest import LicenseIn, generator, license_in, product

__all__ = ["generator", "license_in", "product", "work"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def john(license_in: LicenseIn, owner: Actor) -> Customer:
    """John Smith with a license in every state that can be owned, a device and a sign-in."""
    license = license_in(Status.ASSIGNED)
    activations.activate(owner, license, identifier="DESKTOP-4K7QX", kind="hardware", ip="203.0.113.24")
    for state in (Status.ASSIGNED, Status.SUSPENDED, Status.EXPIRED, Status.REVOKED):
        license_in(state)
    john = Customer.objects.get()
    customers.rename(owner, john, "John Smith")
    SignIn.objects.create(customer=john, method="password", result="success", ip="203.0.113.99")
    john.refresh_from_db()
    return john


def _set(mode: str) -> None:
    Preference.objects.update_or_create(name="customers.on_delete", defaults={"value": mode})


@pytest.mark.spec("CUS-41")
def test_json_has_the_shape_of_the_manual(john: Customer, owner: Actor) -> None:
    file = privacy.export(owner, john, "json")
    assert (file.name.startswith("john-data-"), file.name.endswith(".json")) == (True, True)
    data = json.loads(file.content)
    assert list(data) == ["customer", "licenses", "activations", "downloads", "logins", "emails", "timeline"]
    assert data["customer"]["name"] == "John Smith"
    assert data["customer"]["email"] == "john@example.com"
    assert data["customer"]["uuid"] == str(john.uuid)
    assert {"created_at", "last_login"} <= set(data["customer"])
    assert {one["key"] for one in data["licenses"]} == set(License.objects.values_list("license_key", flat=True))
    assert {"key", "product", "status", "expiry"} <= set(data["licenses"][0])
    (device,) = data["activations"]
    assert (device["device_identifier"], device["activation_ip"]) == ("DESKTOP-4K7QX", "203.0.113.24")
    assert data["logins"][0]["ip_address"] == "203.0.113.99"
    assert "Account created" in {one["event"] for one in data["timeline"]}


@pytest.mark.spec("CUS-41")
def test_csv_is_a_zip_with_a_file_a_table(john: Customer, owner: Actor) -> None:
    customers.rename(owner, john, '=HYPERLINK("http://x")')
    archive = zipfile.ZipFile(io.BytesIO(privacy.export(owner, john, "csv").content))
    tables = ("customer", "licenses", "activations", "downloads", "logins", "emails", "timeline")
    assert archive.namelist() == [f"{name}.csv" for name in tables]
    (profile,) = csv.DictReader(io.StringIO(archive.read("customer.csv").decode()))
    assert profile["name"] == '\'=HYPERLINK("http://x")'
    assert len(list(csv.DictReader(io.StringIO(archive.read("licenses.csv").decode())))) == 5


@pytest.mark.spec("CUS-41")
def test_pdf_is_a_document(john: Customer, owner: Actor) -> None:
    customers.rename(owner, john, "Émilie Жуков Ελένη 🦊 山田")
    file = privacy.export(owner, john, "pdf")
    assert file.content.startswith(b"%PDF-")
    assert file.name.endswith(".pdf")
    assert len(file.content) > 5_000
    data = dict.fromkeys(TABLES, [{"at": "now"}] * 501) | {"customer": {"name": "", "email": "john@example.com"}}
    with pytest.raises(Refused, match="3,006 records are too many for a PDF"):
        as_pdf(data)


@pytest.mark.spec("CUS-41")
def test_only_his_own_data(john: Customer, license_in: LicenseIn, owner: Actor) -> None:
    license_in(Status.ACTIVE, "sarah@company.com")
    assert "sarah" not in privacy.export(owner, john, "json").content.decode()


@pytest.mark.spec("CUS-44")
def test_an_export_is_on_record(john: Customer, owner: Actor) -> None:
    privacy.export(owner, john, "csv")
    record = ComplianceRecord.objects.get()
    assert (record.kind, record.format, record.delivery) == ("export", "csv", "download")
    assert (record.customer_uuid, record.actor_id) == (john.uuid, owner.id)
    assert record.requested_at <= record.delivered_at
    assert audit.unseal(john.uuid, record.sealed) == {"name": "John Smith", "email": "john@example.com"}
    assert AuditEvent.objects.filter(action="customer.exported", customer_uuid=john.uuid).count() == 1


@pytest.mark.spec("CUS-42", "CUS-33")
def test_a_customer_exports_his_own_data_and_nobody_elses(john: Customer, license_in: LicenseIn) -> None:
    license_in(Status.ASSIGNED, "sarah@company.com")
    sarah = Customer.objects.get(email="sarah@company.com")
    himself = accounts.themselves(john)
    assert json.loads(privacy.export_own(himself, john, "json").content)["customer"]["email"] == john.email
    for actor, customer in ((himself, sarah), (accounts.themselves(sarah), john)):
        with pytest.raises(NotPermitted):
            privacy.export_own(actor, customer, "json")
    with pytest.raises(NotPermitted):
        privacy.export(himself, john, "json")
    record = ComplianceRecord.objects.get()
    assert (record.delivery, record.actor_kind) == ("portal", "customer")


@pytest.mark.spec("CUS-44")
def test_the_log_cannot_be_changed(john: Customer, owner: Actor) -> None:
    privacy.export(owner, john, "json")
    with pytest.raises(DatabaseError), transaction.atomic():
        ComplianceRecord.objects.update(note="nothing happened")
    with pytest.raises(DatabaseError), transaction.atomic():
        ComplianceRecord.objects.all().delete()
    assert ComplianceRecord.objects.count() == 1


@pytest.mark.spec("CUS-43")
def test_deleting_keeps_licenses_working_without_the_person(john: Customer, owner: Actor) -> None:
    privacy.export(owner, john, "json")
    license = License.objects.get(status="active")
    before = list(License.objects.order_by("pk").values_list("pk", "status", "active_devices"))
    privacy.delete(owner, john, typed=" John@Example.com ")
    gone = Customer.objects.get()
    assert (gone.name, gone.uuid, gone.status) == ("Deleted Customer", john.uuid, "inactive")
    assert gone.erased_at is not None
    assert list(License.objects.order_by("pk").values_list("pk", "status", "active_devices")) == before
    verdict, _ = activations.activate(owner, license, identifier="DESKTOP-4K7QX", kind="hardware", ip="")
    assert verdict.code == 301
    assert Activation.objects.get().activation_ip == ""
    assert lists.page().rows == []
    assert lists.page("deleted").rows == []


@pytest.mark.spec("CUS-43")
def test_deleting_can_release_the_licenses(john: Customer, owner: Actor) -> None:
    _set("release")
    privacy.delete(owner, john, typed="john@example.com")
    states = sorted(License.objects.values_list("status", flat=True))
    assert states == ["available", "available", "expired", "revoked", "suspended"]
    assert not License.objects.filter(customer__isnull=False).exists()
    assert Activation.objects.get().status == "inactive"
    assert not Customer.objects.exists()


@pytest.mark.spec("CUS-43")
@pytest.mark.parametrize("mode", ["keep", "release"])
def test_nothing_personal_is_left(mode: str, john: Customer, owner: Actor) -> None:
    _set(mode)
    activations.activate(owner, License.objects.get(status="active"), identifier="WS-JOHN-SMITH-2", kind="hardware")
    privacy.export(owner, john, "json")
    privacy.delete(owner, john, typed="john@example.com")
    assert not DataKey.objects.filter(owner=john.uuid).exists()
    assert not SignIn.objects.exists()
    assert all(audit.personal_data(event) == {} for event in AuditEvent.objects.all())
    assert AuditEvent.objects.filter(action="customer.deleted", customer_uuid=john.uuid).count() == 1
    assert [row.kind for row in ComplianceRecord.objects.order_by("pk")] == ["export", "deletion"]
    assert not Message.objects.exclude(sealed="").exists()
    found = _everywhere("john", "Smith", "203.0.113")
    assert found == []


def _everywhere(*words: str) -> list[str]:
    """Every table whose rows still hold one of `words`."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("customers_", "licenses_", "activations_")):
                continue  # shadow tables of the full-text search
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = str(cursor.fetchall()).lower()
            found += [f"{table}: {word}" for word in words if word.lower() in rows]
    return found


@pytest.mark.spec("CUS-43")
def test_the_address_can_be_used_again(john: Customer, license_in: LicenseIn, owner: Actor) -> None:
    privacy.delete(owner, john, typed="john@example.com")
    services.assign(owner, license_in(), "john@example.com")
    fresh = Customer.objects.get(email="john@example.com")
    assert fresh.uuid != john.uuid
    assert fresh.licenses.count() == 1


@pytest.mark.spec("CUS-43", "CUS-41")
def test_what_is_refused(john: Customer, owner: Actor, viewer: Actor) -> None:
    with pytest.raises(Invalid):
        privacy.delete(owner, john, typed="john")
    with pytest.raises(NotPermitted):
        privacy.delete(viewer, john, typed="john@example.com")
    with pytest.raises(NotPermitted):
        privacy.export(viewer, john, "json")
    with pytest.raises(Invalid):
        privacy.export(owner, john, "doc")
    assert not ComplianceRecord.objects.exists()
    privacy.delete(owner, john, typed="john@example.com")
    gone = Customer.objects.get()
    with pytest.raises(Refused):
        privacy.delete(owner, gone, typed="john@example.com")
    with pytest.raises(Refused):
        privacy.export(owner, gone, "json")
    with pytest.raises(Refused):
        customers.rename(owner, gone, "Somebody")


@pytest.mark.spec("CUS-43")
def test_a_customer_without_licenses_leaves_no_row(license_in: LicenseIn, owner: Actor) -> None:
    services.transfer_all(owner, license_in(Status.ACTIVE, "old@email.com").customer, "new@email.com")  # type: ignore[arg-type]
    old = Customer.objects.get(email="old@email.com")
    privacy.delete(owner, old, typed="old@email.com")
    assert list(Customer.objects.values_list("email", flat=True)) == ["new@email.com"]
    assert isinstance(old.uuid, UUID)


@pytest.mark.spec("CUS-41", "CUS-44")
def test_a_mailed_link_gives_the_data_until_it_expires(
    john: Customer, owner: Actor, viewer: Actor, work: Work, client: Client
) -> None:
    with pytest.raises(NotPermitted):
        prepared.prepare(viewer, john, "json", delivery=Delivery.LINK)
    made = prepared.prepare(owner, john, "json", delivery=Delivery.LINK)
    assert work() >= 1
    made.refresh_from_db()
    assert "john" not in made.sealed
    (content,) = sealing.read_many([Message.objects.get(template="data-export-ready")])
    link = re.search(r"/customer/export\?token=[\w-]+", content.text)
    assert link
    assert content.to == john.email
    record = ComplianceRecord.objects.get()  # whether he ever follows the link or not
    assert (record.delivery, record.actor_id, record.requested_at) == ("link", owner.id, made.requested_at)
    assert record.delivered_at > record.requested_at
    page = client.get(link[0]).content.decode()
    assert "Download your data" in page
    assert "data-download" in page  # the page stays, and so does its button
    fetched = AuditEvent.objects.filter(action="customer.export_fetched", customer_uuid=john.uuid)
    assert not fetched.exists()
    for _ in range(2):
        answer = client.post(link[0])
        assert json.loads(answer.content)["customer"]["email"] == john.email
    assert (ComplianceRecord.objects.count(), fetched.count()) == (1, 1)
    assert client.post(link[0][:-1]).status_code == 410
    with clock.fixed(clock.now() + timedelta(days=7, minutes=1)):
        assert client.get(link[0]).status_code == 410


@pytest.mark.spec("CUS-41", "CUS-43")
def test_what_was_prepared_goes_with_the_customer(john: Customer, owner: Actor, work: Work) -> None:
    prepared.prepare(owner, john, "json", delivery=Delivery.LINK)
    work()
    prepared.prepare(owner, john, "json", delivery=Delivery.LINK)
    privacy.delete(owner, john, typed=john.email)
    assert not PreparedExport.objects.exists()
    work()
    assert not Message.objects.exclude(sealed="").exists()
