"""The devices of a customer, and ending one."""

import re

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.core.text import mask_key
from keyturn.licensing.licenses import activations
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import VisitOf

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def portal(john: Customer, visit_of: VisitOf) -> Client:
    """The portal as John sees it."""
    return visit_of(john)


@pytest.fixture
def used(license_in: LicenseIn, owner: Actor) -> License:
    """A license of John on a desktop and a website."""
    license = license_in(Status.ACTIVE)
    activations.activate(owner, license, identifier="shop.example.com", kind="domain")
    return license


def _rows(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/customer/activations{query}").content.decode()
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)[1:]]


@pytest.mark.spec("CLP-30")
def test_columns(portal: Client, used: License, owner: Actor) -> None:
    Activation.objects.filter(kind="domain").update(last_verified_at=None, details={"product_version": "2.4.0"})
    mask = mask_key(used.license_key)
    assert _rows(portal) == [
        f"Domain shop.example.com Pro App {mask} Active v2.4.0 Never Deactivate",
        f"HWID DESKTOP-4K7QX Pro App {mask} Active – not reported just now Deactivate",
    ]


@pytest.mark.spec("CLP-31")
def test_search_and_status(portal: Client, used: License, license_in: LicenseIn, owner: Actor) -> None:
    activations.end(owner, Activation.objects.get(kind="domain"))
    license_in(Status.SUSPENDED, activated=True)
    license_in(Status.ACTIVE, "sarah@company.com")
    found = {query: len(_rows(portal, query)) for query in ("", "?status=active", "?search=DESKTOP", "?search=PRO-")}
    assert found == {"": 3, "?status=active": 1, "?search=DESKTOP": 2, "?search=PRO-": 0}
    assert "Deactivated" in _rows(portal, "?status=inactive")[0]
    held = _rows(portal, "?status=suspended")
    assert len(held) == 1
    assert "Suspended" in held[0]
    assert "Deactivate" not in held[0]
    assert len(_rows(portal, f"?license={used.uuid}")) == 2
    hers = License.objects.get(customer__email="sarah@company.com")
    assert len(_rows(portal, f"?license={hers.uuid}")) == 3, "a foreign license is no filter"


@pytest.mark.spec("CLP-32", "CLP-33")
def test_ending_a_device(portal: Client, used: License, owner: Actor) -> None:
    device = Activation.objects.get(kind="domain")
    address = f"/customer/activations/{device.uuid}/deactivate"
    asked = portal.get(address, headers=HTMX).content.decode()
    assert "Deactivate this device?" in asked
    assert "shop.example.com" in asked
    assert Activation.objects.filter(status="active").count() == 2
    answer = portal.post(address, headers=HTMX)
    assert answer.status_code == 204
    assert "shop.example.com deactivated" in answer["HX-Trigger"]
    used.refresh_from_db()
    assert (used.status, used.active_devices) == ("active", 1)
    event = AuditEvent.objects.get(action="activation.deleted")
    assert (event.actor_kind, event.customer_uuid) == ("customer", used.customer.uuid)  # type: ignore[union-attr]
    again = portal.post(address, headers=HTMX)
    assert "not active any more" in again["HX-Trigger"]
    assert AuditEvent.objects.filter(action="activation.deleted").count() == 1
    verdict, _ = activations.activate(owner, used, identifier="shop.example.com", kind="domain")
    assert verdict.code == 300


@pytest.mark.spec("CLP-32")
def test_a_page_without_script_deactivates_too(portal: Client, used: License) -> None:
    device = Activation.objects.get(kind="domain")
    portal.post(f"/customer/activations/{device.uuid}/deactivate")
    device.refresh_from_db()
    assert device.status == "inactive"


@pytest.mark.spec("CLP-34")
def test_nothing_in_use_says_where_activations_start(portal: Client) -> None:
    page = portal.get("/customer/activations").content.decode()
    assert "No devices yet" in page
    assert "Activations start in the software" in page
