"""Offline files that customers download for their devices (OFF-15)."""

import json

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.licensing.licenses import activations
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.people.customers.models import Customer
from keyturn.people.signin import sessions
from keyturn.people.signin.middleware import COOKIE
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import AdminOf, VisitOf

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(john: Customer, license_in: LicenseIn, product: Product) -> Activation:
    """A device of John's license."""
    signing.ensure(str(product.uuid), 2048)
    return license_in(Status.ACTIVE, john.email).activations.get()


def _url(device: Activation) -> str:
    return f"/customer/activations/{device.uuid}/offline-file"


def _page(client: Client, device: Activation) -> str:
    return client.get(f"/customer/licenses/{device.license.uuid}").content.decode()


@pytest.mark.spec("OFF-15", "OFF-17")
def test_the_file_is_bound_to_the_device(john: Customer, device: Activation, visit_of: VisitOf) -> None:
    client = visit_of(john)
    assert _url(device) in _page(client, device)
    answer = client.post(_url(device), {"domain": "else.example.com"})
    assert answer["Content-Disposition"] == 'attachment; filename="license.lic"'
    document = json.loads(answer.content)
    assert (document["license"]["hardware_id"], document["license"]["domain"]) == (device.identifier, None)
    assert document["security"]["usb_serial_number"] is None
    assert IssuedFile.objects.get().hardware_id == device.identifier
    event = AuditEvent.objects.get(action="license.offline_issued")
    assert (event.actor_kind, event.actor_id) == ("customer", str(john.uuid))


@pytest.mark.spec("OFF-15", "OFF-16", "OFF-10")
def test_what_is_out_of_use_gets_none(john: Customer, device: Activation, visit_of: VisitOf, owner: Actor) -> None:
    client = visit_of(john)
    Product.objects.update(offline_allowed=False)
    assert _url(device) not in _page(client, device)
    assert client.post(_url(device)).status_code == 302
    Product.objects.update(offline_allowed=True)
    activations.end(owner, device)
    assert _url(device) not in _page(client, device)
    answer = client.post(_url(device), headers={"HX-Request": "true"})
    assert "not active any more" in answer["HX-Trigger"]
    assert not IssuedFile.objects.exists()


@pytest.mark.spec("OFF-15", "CUS-40")
def test_an_admin_who_looks_on_downloads_none(john: Customer, device: Activation, admin_of: AdminOf) -> None:
    client = Client()
    client.cookies[COOKIE] = sessions.begin(john, "view_as", sessions.Visitor(), viewer=admin_of("super_admin"))
    assert "Download offline file" in _page(client, device)
    assert client.post(_url(device)).status_code == 403
    assert not IssuedFile.objects.exists()
