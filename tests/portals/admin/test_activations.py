"""The list of activations."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.text import mask_key
from keyturn.licensing.licenses import activations
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.customers.models import Customer
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
SHOWN = re.compile(r"DESKTOP-4K7QX|MBP-14|OLD-LAPTOP|shop\.example\.com")


def _devices(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/admin/activations{query}").content.decode()
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)[1:]
    return [SHOWN.findall(row)[0] for row in rows]


@pytest.mark.spec("ACT-01", "ACT-02", "ACT-03", "ACT-05")
def test_columns_and_their_words(super_admin: Client, full_license: License, owner: Actor) -> None:
    activations.end(owner, Activation.objects.get(identifier="MBP-14"))
    Activation.objects.filter(identifier="OLD-LAPTOP").update(last_ip="", last_verified_at=None)
    page = super_admin.get("/admin/activations").content.decode()
    heads = [re.sub("<[^>]+>", "", head).strip() for head in re.findall(r"<th .*?</th>", page, re.S)]
    columns = ["License Key", "Product", "Device", "IP Address", "Status", "Activated", "Last Verified", "Actions"]
    assert heads == columns
    assert full_license.license_key not in page
    assert f'href="/admin/licenses/{full_license.uuid}"' in page
    for text in ("5 minutes ago", "Never", ">none<", "Inactive", "203.0.113.24"):
        assert text in page
    assert page.count("Deactivate…") == 2


@pytest.mark.spec("ACT-06")
@pytest.mark.parametrize(
    ("term", "found"), [("laptop", {"OLD-LAPTOP"}), ("MBP", {"MBP-14"}), ("198.51", {"MBP-14"}), ("pro+app", set())]
)
def test_search_reads_key_device_and_address(
    term: str, found: set[str], super_admin: Client, full_license: License
) -> None:
    Activation.objects.filter(identifier="MBP-14").update(last_ip="198.51.100.17")
    assert set(_devices(super_admin, f"?search={term}")) == found
    assert len(_devices(super_admin, f"?search={full_license.license_key[-6:]}")) == 3


@pytest.mark.spec("ACT-07", "ACT-01")
def test_filters_combine(super_admin: Client, full_license: License, license_in: LicenseIn, owner: Actor) -> None:
    other = license_in("assigned", "sarah@company.com")  # type: ignore[arg-type]
    activations.activate(owner, other, identifier="shop.example.com", kind="domain")
    activations.end(owner, Activation.objects.get(identifier="MBP-14"))
    sarah = Customer.objects.get(email="sarah@company.com")
    assert _devices(super_admin, f"?customer={sarah.uuid}") == ["shop.example.com"]
    assert _devices(super_admin, f"?license={other.uuid}") == ["shop.example.com"]
    assert _devices(super_admin, "?status=inactive") == ["MBP-14"]
    assert _devices(super_admin, f"?status=inactive&product={full_license.product.uuid}&search=laptop") == []
    page = super_admin.get(f"/admin/activations?customer={sarah.uuid}").content.decode()
    assert "sarah@company.com" in page
    page = super_admin.get(f"/admin/activations?license={other.uuid}").content.decode()
    assert mask_key(other.license_key) in page
    assert len(_devices(super_admin, "?customer=nobody&license=none&status=odd")) == 4


@pytest.mark.spec("ACT-08", "ACT-09")
@pytest.mark.parametrize(
    ("sort", "first"), [("device", "DESKTOP-4K7QX"), ("verified", "OLD-LAPTOP"), ("activated", "DESKTOP-4K7QX")]
)
def test_orders(sort: str, first: str, super_admin: Client, full_license: License) -> None:
    assert _devices(super_admin, f"?sort={sort}&direction=asc")[0] == first


@pytest.mark.spec("ACT-20", "ACT-40")
@pytest.mark.parametrize("role", Role.values)
def test_who_may_deactivate(role: str, client_of: ClientOf, full_license: License) -> None:
    client, allowed = client_of(role), role != Role.VIEWER
    assert ("Deactivate…" in client.get("/admin/activations").content.decode()) is allowed
    device = Activation.objects.get(identifier="OLD-LAPTOP")
    answer = client.post(f"/admin/activations/{device.uuid}/deactivate")
    assert answer.status_code == (204 if allowed else 403)
    device.refresh_from_db()
    assert device.status == ("inactive" if allowed else "active")


@pytest.mark.spec("ACT-01")
def test_other_environments_have_their_own(super_admin: Client, full_license: License) -> None:
    super_admin.post("/admin/environment", {"environment": "staging"})
    page = super_admin.get("/admin/activations").content.decode()
    assert "No activations yet" in page


def test_the_number_of_queries_does_not_grow(
    super_admin: Client,
    license_in: LicenseIn,
    full_license: License,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(5):
        license_in("active")  # type: ignore[arg-type]
    with django_assert_max_num_queries(11):
        super_admin.get("/admin/activations?search=pro")
