"""The page of one customer, and what is edited there."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.text import mask_key
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db


def _page(client: Client, customer: Customer, query: str = "") -> str:
    return client.get(f"/admin/customers/{customer.uuid}{query}").content.decode()


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def _table(page: str, name: str) -> list[str]:
    section = page.split(f'id="{name}"', 1)[1].split("</section>", 1)[0]
    return [_words(row) for row in re.findall(r"<tr>(.*?)</tr>", section, re.S)[1:]]


@pytest.mark.spec("CUS-10")
def test_profile(super_admin: Client, john: Customer) -> None:
    Customer.objects.update(joined_at=datetime(2025, 12, 2, 14, 36, 55, tzinfo=UTC))
    words = _words(_page(super_admin, john))
    for text in (
        "Full Name John Smith",
        "Account Status Active Change",
        "Email Address john@example.com",
        "Email Verified Not Verified",
        "2FA Enabled No",
        "Created Date Dec 2, 2025",
        "Last Login Never",
        "The e-mail address cannot be changed. To move to a new one, transfer the licenses",
    ):
        assert text in words
    moment = datetime(2026, 1, 20, 8, 44, tzinfo=UTC)
    Customer.objects.update(name="", email_verified_at=moment, totp_enabled_at=moment, last_login_at=moment)
    page = _page(super_admin, john)
    for text in ("Full Name N/A", "Email Verified Verified", "2FA Enabled Yes", "Last Login Jan 20, 2026"):
        assert text in _words(page)
    assert f'data-copy="{john.uuid}"' in page
    assert 'data-copy="john@example.com"' in page
    assert f'href="/admin/licenses?customer={john.uuid}"' in page


@pytest.mark.spec("CUS-12", "CUS-14")
def test_license_inventory(super_admin: Client, full_license: License, john: Customer, owner: Actor) -> None:
    other = services.issue(owner, Generator.objects.get(), john.email)
    License.objects.filter(pk=other.pk).update(activation_limit=-1, expires_at=None)
    page = _page(super_admin, john)
    newest, oldest = _table(page, "inventory")
    assert mask_key(other.license_key) in newest
    assert "Pro App Assigned Never 0 / ∞ unlimited" in newest
    assert "Active" in oldest
    assert "3 / 3 Limit reached" in oldest
    for text in ("View Details", "Edit", "Revoke…"):
        assert text in newest
    assert full_license.license_key not in page
    assert f'data-reveal-url="/admin/licenses/{full_license.uuid}/key"' in page


@pytest.mark.spec("CUS-12")
def test_fifteen_licenses_a_page(super_admin: Client, john: Customer, generator: Generator, owner: Actor) -> None:
    services.assign_many(owner, services.generate(owner, generator, 20).licenses, john.email)
    assert len(_table(_page(super_admin, john), "inventory")) == 15
    second = _page(super_admin, john, "?licenses_page=2&activations_page=1")
    assert len(_table(second, "inventory")) == 6
    assert "16–21 of 21" in _words(second)
    assert 'href="/admin/customers' in second
    for query in ("?licenses_page=9", "?licenses_page=2"):
        assert len(_table(_page(super_admin, john, query), "inventory")) == 6
    for query in ("?licenses_page=-1", "?licenses_page=x", "?licenses_page=²"):
        assert len(_table(_page(super_admin, john, query), "inventory")) == 15


def test_other_environments_are_named_not_shown(super_admin: Client, john: Customer) -> None:
    super_admin.post("/admin/environment", {"environment": "staging"})
    page = _page(super_admin, john)
    assert _table(page, "inventory") == []
    assert _table(page, "activations") == []
    assert "1 in Production. Switch the environment above to see it." in _words(page)


@pytest.mark.spec("CUS-13", "CUS-14")
def test_activation_history(super_admin: Client, john: Customer, owner: Actor) -> None:
    activations.end(owner, Activation.objects.get(identifier="MBP-14"))
    page = _page(super_admin, john)
    rows = _table(page, "activations")
    assert [re.findall("DESKTOP-4K7QX|MBP-14|OLD-LAPTOP", row)[0] for row in rows][-1] == "MBP-14"
    by_device = {name: row for row in rows for name in ("DESKTOP-4K7QX", "MBP-14", "OLD-LAPTOP") if name in row}
    assert "5 minutes ago" in by_device["DESKTOP-4K7QX"]
    assert "203.0.113.24" in by_device["DESKTOP-4K7QX"]
    assert "45 days ago Abandoned?" in by_device["OLD-LAPTOP"]
    assert "Inactive" in by_device["MBP-14"]
    assert "Deactivate" not in by_device["MBP-14"]
    assert page.count("Abandoned?") == 1
    assert f'href="/admin/activations?customer={john.uuid}"' in page


@pytest.mark.spec("CUS-14")
def test_what_blocks_a_new_device_stands_on_top(super_admin: Client, john: Customer) -> None:
    words = _words(_page(super_admin, john))
    assert "is at its limit, 3 of 3. OLD-LAPTOP was last verified 45 days ago ; deactivating it frees" in words
    preferences.set_value("activations.abandoned_days", 60)
    words = _words(_page(super_admin, john))
    assert "at its limit" not in words
    assert "Abandoned?" not in words


@pytest.mark.spec("CUS-13")
def test_deactivating_frees_the_slot_at_once(
    super_admin: Client, full_license: License, john: Customer, owner: Actor
) -> None:
    device = Activation.objects.get(identifier="OLD-LAPTOP")
    url = f"/admin/activations/{device.uuid}/deactivate"
    assert "Deactivate Device" in super_admin.get(url).content.decode()
    answer = super_admin.post(url, {"reason": "lost"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "listChanged" in answer["HX-Trigger"]
    assert "2 / 3" in _table(_page(super_admin, john), "inventory")[0]
    verdict, _ = activations.activate(owner, full_license, identifier="NEW-ONE", kind="hardware")
    assert verdict.code == 300
    assert audit.personal_data(AuditEvent.objects.get(action="activation.deleted"))["note"] == "lost"
    again = super_admin.post(url, headers={"HX-Request": "true"})
    assert "not active any more" in again["HX-Trigger"]


@pytest.mark.spec("CUS-10")
def test_renaming(super_admin: Client, john: Customer) -> None:
    url = f"/admin/customers/{john.uuid}/name"
    assert 'value="John Smith"' in super_admin.get(url).content.decode()
    assert super_admin.post(url, {"name": " Johnny  Smith ", "version": john.version}).status_code == 204
    john.refresh_from_db()
    assert john.name == "Johnny Smith"
    assert super_admin.post(url, {"name": "", "version": john.version}).status_code == 204
    assert "Full Name N/A" in _words(_page(super_admin, john))
    assert AuditEvent.objects.filter(action="customer.updated").count() == 2
    john.refresh_from_db()
    refused = super_admin.post(url, {"name": "x" * 256, "version": john.version})
    assert refused.status_code == 422
    assert "at most 255 characters" in refused.content.decode()


def test_two_admins_do_not_overwrite_each_other(super_admin: Client, john: Customer, owner: Actor) -> None:
    seen = john.version
    customers.rename(owner, john, "Jon Smith")
    for page, sent in (("name", {"name": "J. Smith"}), ("status", {"status": "inactive", "reason": "left"})):
        answer = super_admin.post(f"/admin/customers/{john.uuid}/{page}", {**sent, "version": seen})
        assert answer.status_code == 422
        assert "changed meanwhile" in answer.content.decode()
    john.refresh_from_db()
    assert (john.name, john.status) == ("Jon Smith", "active")


@pytest.mark.spec("CUS-10")
def test_changing_the_status_asks_for_a_reason(super_admin: Client, john: Customer) -> None:
    url = f"/admin/customers/{john.uuid}/status"
    refused = super_admin.post(url, {"status": "suspended", "reason": " ", "version": john.version})
    assert refused.status_code == 422
    assert "Enter the reason." in refused.content.decode()
    given = {"status": "suspended", "reason": "chargeback", "version": john.version}
    assert super_admin.post(url, given).status_code == 204
    event = AuditEvent.objects.get(action="customer.status_changed")
    assert (audit.personal_data(event)["note"], event.changes) == ("chargeback", {"status": ["active", "suspended"]})
    assert "Suspended" in _page(super_admin, john)


@pytest.mark.spec("CUS-12")
def test_assigning_from_stock(super_admin: Client, john: Customer, license_in: LicenseIn) -> None:
    stock = [license_in() for _ in range(8)]
    url = f"/admin/customers/{john.uuid}/assign"
    dialog = super_admin.get(url).content.decode()
    assert "The newest 6 of 8 available licenses" in dialog
    wanted = stock[0]
    headers = {"HX-Request": "true", "HX-Target": "stock"}
    found = super_admin.get(url, {"search": wanted.license_key[-9:]}, headers=headers).content.decode()
    assert "<dialog" not in found
    assert mask_key(wanted.license_key) in found
    assert wanted.license_key not in found
    assert "No available license matches" in super_admin.get(url, {"search": "zzz"}, headers=headers).content.decode()
    assert super_admin.post(url, {"license": str(wanted.uuid)}).status_code == 204
    wanted.refresh_from_db()
    assert (wanted.customer, wanted.status) == (john, "assigned")


@pytest.mark.spec("CUS-12")
def test_generating_one_for_the_customer(super_admin: Client, john: Customer, generator: Generator) -> None:
    url = f"/admin/customers/{john.uuid}/assign"
    assert "Pro App: Pro, one year" in super_admin.get(f"{url}?mode=generate").content.decode()
    assert super_admin.post(url, {"mode": "generate", "generator": str(generator.uuid)}).status_code == 204
    assert License.objects.of(john).filter(status="assigned").count() == 1
    Generator.objects.update(status="inactive")
    answer = super_admin.post(url, {"mode": "generate", "generator": str(generator.uuid)})
    assert answer.status_code == 422
    assert "Choose a generator." in answer.content.decode()


def test_what_cannot_be_assigned_is_said_in_the_dialog(
    super_admin: Client, john: Customer, license_in: LicenseIn
) -> None:
    url = f"/admin/customers/{john.uuid}/assign"
    taken = license_in("assigned", "sarah@company.com")  # type: ignore[arg-type]
    for sent, text in (
        ({}, "Choose a license."),
        ({"license": "x"}, "Choose a license."),
        ({"license": str(uuid.uuid4())}, "Choose a license."),
        ({"license": str(taken.uuid)}, "belongs to another customer"),
    ):
        answer = super_admin.post(url, sent)
        assert answer.status_code == 422
        assert text in answer.content.decode()


@pytest.mark.spec("CUS-12")
def test_revealing_a_key_goes_on_record(client_of: ClientOf, full_license: License, john: Customer) -> None:
    url = f"/admin/licenses/{full_license.uuid}/key"
    for role in (Role.SUPER_ADMIN, Role.ADMIN, Role.OPERATOR):
        assert client_of(role).post(url).json() == {"key": full_license.license_key}
    assert AuditEvent.objects.filter(action="license.key_revealed", license_uuid=full_license.uuid).count() == 3
    viewer = client_of(Role.VIEWER)
    assert viewer.post(url).status_code == 403
    assert url not in _page(viewer, john)


CONTROLS = {
    "name": ("Edit full name", {Role.SUPER_ADMIN, Role.ADMIN}),
    "status": ("Change account status", {Role.SUPER_ADMIN, Role.ADMIN}),
    "assign": ("Assign New License", {Role.SUPER_ADMIN, Role.ADMIN}),
}


@pytest.mark.spec("CUS-50")
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("action", CONTROLS)
def test_what_a_role_may_not_is_absent_and_refused(action: str, role: str, client_of: ClientOf, john: Customer) -> None:
    client, (label, allowed) = client_of(role), CONTROLS[action]
    assert (label in _page(client, john)) is (role in allowed)
    url = f"/admin/customers/{john.uuid}/{action}"
    for answer in (client.get(url), client.post(url)):
        assert (answer.status_code != 403) is (role in allowed)
    refused = AuditEvent.objects.filter(action="access.refused").count()
    assert refused == (0 if role in allowed else 2)


@pytest.mark.spec("CUS-50")
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_those_who_read_see_no_action(role: str, client_of: ClientOf, john: Customer) -> None:
    words = _words(_page(client_of(role), john))
    for text in ("Deactivate", "Revoke", "Edit", "Assign new", "Change"):
        assert re.search(rf"\b{text}\b", words) is None
    for text in ("John Smith", "License Inventory", "Activation History", "View Details"):
        assert text in words


def test_unknown_customers_are_404(super_admin: Client, john: Customer) -> None:
    for page in ("", "/name", "/status", "/assign"):
        assert super_admin.get(f"/admin/customers/{uuid.uuid4()}{page}").status_code == 404
    assert super_admin.get("/admin/customers/1").status_code == 404


def test_names_are_text_never_markup(super_admin: Client, john: Customer) -> None:
    Customer.objects.update(name="<script>alert(1)</script>\"'")
    assert "<script>alert" not in _page(super_admin, john)
    assert "<script>alert" not in super_admin.get("/admin/customers").content.decode()


@pytest.mark.spec("CUS-18")
def test_the_number_of_queries_does_not_grow(
    super_admin: Client,
    john: Customer,
    generator: Generator,
    owner: Actor,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(22):
        _page(super_admin, john)
    more = services.generate(owner, generator, 40).licenses
    services.assign_many(owner, more, john.email)
    for license in more[:20]:
        activations.activate(owner, license, identifier=f"PC-{license.pk}", kind="hardware")
    with django_assert_max_num_queries(22):
        _page(super_admin, john)


def test_devices_of_another_environment_are_out_of_reach(super_admin: Client, john: Customer) -> None:
    device = Activation.objects.filter(license__customer=john)[0]
    super_admin.post("/admin/environment", {"environment": "development"})
    assert super_admin.post(f"/admin/activations/{device.uuid}/deactivate").status_code == 404
