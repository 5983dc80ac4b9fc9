"""Export Customer Data, delete a customer, and the compliance log, as an admin meets them (workflows 4 and 6)."""

import csv
import io
import json
import re
import uuid

import pytest
from django.test import Client

from keyturn.access.permissions import Role
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.privacy import prepared
from keyturn.operations.privacy.models import ComplianceRecord
from keyturn.people.customers.models import Customer
from keyturn.platform.mail.models import Message
from keyturn.platform.preferences.models import Preference
from tests.jobs import Work, work
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

__all__ = ["work"]
pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
LOG = "/admin/customers/compliance"


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def sarah(license_in: LicenseIn) -> Customer:
    license_in(Status.ACTIVE, "sarah@company.com")
    license_in(Status.SUSPENDED, "sarah@company.com")
    Customer.objects.update(name="Sarah Johnson")
    return Customer.objects.get()


@pytest.mark.spec("CUS-41", "CUS-44", "WF-6")
def test_export_is_delivered_and_logged(super_admin: Client, sarah: Customer) -> None:
    url = f"/admin/customers/{sarah.uuid}/export"
    assert url in super_admin.get(f"/admin/customers/{sarah.uuid}").content.decode()
    assert "Format" in super_admin.get(url).content.decode()
    answer = super_admin.post(url, {"format": "json"})
    assert re.fullmatch(r'attachment; filename="sarah-data-[\d-]+\.json"', answer["Content-Disposition"])
    assert answer["Cache-Control"] == "no-store"
    assert json.loads(answer.content)["customer"]["email"] == "sarah@company.com"
    assert super_admin.post(url, {"format": "csv"})["Content-Type"] == "application/zip"
    page = _words(super_admin.get(LOG).content.decode())
    assert page.count("Sarah Johnson sarah@company.com Export") == 2
    assert "Download by admin" in page
    assert "Super_Admin Person" in page
    timeline = _words(super_admin.get(f"/admin/customers/{sarah.uuid}").content.decode())
    assert "Customer data exported by Super_Admin Person (admin)" in timeline


@pytest.mark.spec("CUS-43", "CUS-44")
def test_deleting_needs_the_address_typed(super_admin: Client, sarah: Customer) -> None:
    super_admin.post(f"/admin/customers/{sarah.uuid}/export", {"format": "json"})
    url = f"/admin/customers/{sarah.uuid}/delete"
    dialog = _words(super_admin.get(url).content.decode())
    for text in ("Delete Sarah Johnson?", "2 licenses stay and show “Deleted Customer”", "1 device stays activated"):
        assert text in dialog
    refused = super_admin.post(url, {"confirm": "sarah"}, headers=HX)
    assert refused.status_code == 422
    assert "Type sarah@company.com to confirm." in refused.content.decode()
    assert super_admin.post(url, {"confirm": "sarah@company.com"}, headers=HX)["HX-Redirect"] == "/admin/customers"
    everything = super_admin.get("/admin/customers").content.decode() + super_admin.get(LOG).content.decode()
    assert "sarah" not in everything.lower()
    assert f"Deleted Customer #{sarah.uuid}" in _words(super_admin.get(LOG).content.decode())
    licenses = super_admin.get("/admin/licenses").content.decode()
    assert "Deleted Customer" in licenses
    assert "deleted-" not in licenses
    assert "sarah" not in licenses.lower()
    page = _words(super_admin.get(f"/admin/customers/{sarah.uuid}").content.decode())
    assert "Deleted Customer" in page
    assert "Nothing personal is left." in page
    assert "deleted-" not in page
    for text in ("sarah", "Quick Actions", "Assign New License", "Edit full name", "Change account"):
        assert text not in page


@pytest.mark.spec("CUS-43")
def test_the_dialog_says_what_the_setting_means(super_admin: Client, sarah: Customer) -> None:
    Preference.objects.create(name="customers.on_delete", value="release")
    dialog = _words(super_admin.get(f"/admin/customers/{sarah.uuid}/delete").content.decode())
    for text in ("1 license goes back to stock", "1 suspended, expired or revoked stays so", "1 device stops working"):
        assert text in dialog
    super_admin.post(f"/admin/customers/{sarah.uuid}/delete", {"confirm": "sarah@company.com"}, headers=HX)
    assert sorted(License.objects.values_list("status", "customer")) == [("available", None), ("suspended", None)]
    assert super_admin.get(f"/admin/customers/{sarah.uuid}").status_code == 404


@pytest.mark.spec("CUS-43")
def test_a_key_that_names_him_is_replaced_and_the_dialog_says_so(super_admin: Client, sarah: Customer) -> None:
    named, other = License.objects.of(sarah).order_by("pk")
    License.objects.filter(pk=named.pk).update(license_key="SARAH@company.com-0001")
    dialog = _words(super_admin.get(f"/admin/customers/{sarah.uuid}/delete").content.decode())
    assert "1 license key with the e-mail address in it is replaced and stops working" in dialog
    super_admin.post(f"/admin/customers/{sarah.uuid}/delete", {"confirm": "sarah@company.com"}, headers=HX)
    keys = License.objects.order_by("pk").values_list("license_key", flat=True)
    assert list(keys) == [f"DELETED-{named.uuid}", other.license_key]


@pytest.mark.spec("CUS-44")
def test_the_log_is_filtered_and_exported(super_admin: Client, sarah: Customer) -> None:
    super_admin.post(f"/admin/customers/{sarah.uuid}/export", {"format": "csv"})
    super_admin.post(f"/admin/customers/{sarah.uuid}/delete", {"confirm": "sarah@company.com"}, headers=HX)
    for query, count in (("", 2), ("?kind=export", 1), ("?kind=deletion", 1), ("?requested_to=2020-01-01", 0)):
        assert super_admin.get(LOG + query).content.decode().count('class="table-container"') == (count > 0)
        body = b"".join(super_admin.get(f"{LOG}/export{query}")).decode()  # type: ignore[arg-type]
        rows = list(csv.DictReader(io.StringIO(body)))
        assert len(rows) == count
    assert {row.kind for row in ComplianceRecord.objects.all()} == {"export", "deletion"}


@pytest.mark.spec("CUS-50", "CUS-41", "CUS-43", "CUS-44")
@pytest.mark.parametrize("role", Role.values)
def test_who_may(role: str, client_of: ClientOf, sarah: Customer) -> None:
    client, allowed = client_of(role), role in (Role.SUPER_ADMIN, Role.ADMIN)
    page = client.get(f"/admin/customers/{sarah.uuid}").content.decode()
    for words in ("Export Customer Data", "Delete Customer"):
        assert (words in page) is allowed
    for name in ("export", "delete"):
        assert (client.get(f"/admin/customers/{sarah.uuid}/{name}").status_code == 200) is allowed
        assert (client.post(f"/admin/customers/{sarah.uuid}/{name}").status_code != 403) is allowed
        assert client.get(f"/admin/customers/{uuid.uuid4()}/{name}").status_code == (404 if allowed else 403)
    assert (client.get(LOG).status_code == 200) is allowed
    assert (client.get(f"{LOG}/export").status_code == 200) is allowed
    assert ("Compliance log" in client.get("/admin/customers").content.decode()) is allowed


@pytest.mark.spec("CUS-41", "CUS-44")
def test_a_large_export_is_made_by_a_job(
    super_admin: Client, sarah: Customer, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "LARGE", 1)
    started = super_admin.post(f"/admin/customers/{sarah.uuid}/export", {"format": "json"})
    assert started.status_code == 302
    page = super_admin.get(started["Location"]).content.decode()
    assert 'hx-trigger="load delay:1s"' in page
    assert not ComplianceRecord.objects.exists()
    work()
    page = super_admin.get(started["Location"]).content.decode()
    assert "The export is ready" in page
    assert "data-download" in page  # the page stays, and so does its button
    assert 'hx-trigger="load' not in page
    answer = super_admin.post(started["Location"])
    assert json.loads(answer.content)["customer"]["email"] == "sarah@company.com"
    assert ComplianceRecord.objects.get().delivery == "download"


@pytest.mark.spec("CUS-41")
def test_the_customer_can_be_sent_a_link(super_admin: Client, sarah: Customer, work: Work) -> None:
    url = f"/admin/customers/{sarah.uuid}/export"
    assert "for 7 days" in super_admin.get(url).content.decode()
    assert super_admin.post(url, {"format": "csv", "delivery": "link"}).status_code == 302
    work()
    assert Message.objects.filter(template="data-export-ready", customer=sarah.uuid).count() == 1
