"""Every route of the Client Portal, walked by everybody whose it is not (CUS-33, CUS-34, CUS-40)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern

from keyturn.access.actors import Actor
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.products import services as products
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.operations.privacy import prepared
from keyturn.operations.privacy.models import PreparedExport
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, sessions
from keyturn.people.signin.middleware import COOKIE
from keyturn.people.signin.models import Session
from keyturn.platform.audit.models import AuditEvent
from keyturn.portals.client import urls
from tests.licensing import shelf
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.portals.client.conftest import john, sarah
from tests.portals.conftest import AdminOf, ClientOf, VisitOf, admin_of, client_of, visit_of

__all__ = ["admin_of", "client_of", "generator", "john", "license_in", "product", "sarah", "visit_of"]
pytestmark = pytest.mark.django_db
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ROUTES: list[URLPattern] = list(urls.urlpatterns)
GUARDED = [one for one in ROUTES if one.callback.declared_signed_in]
# A new route without an entry here fails the test below: say what its ids name.
OWNED: dict[str, Callable[["World"], object]] = {
    "license": lambda world: world.license.uuid,
    "license_key": lambda world: world.license.uuid,
    "activation_deactivate": lambda world: world.device.uuid,
    "activation_offline_file": lambda world: world.device.uuid,
    "export_state": lambda world: world.export.uuid,
    "download": lambda world: world.file.uuid,
    "download_file": lambda world: world.file.uuid,
    "session_end": lambda world: world.session.uuid,
}
# Secrets of the customer, and what would be counted as his: closed to an admin who looks on, even for reading.
SECRET = {"two_factor", "two_factor_set_up", "download_file"}


@dataclass
class World:
    """What belongs to Sarah; John has the same, and must not see hers."""

    customer: Customer
    license: License
    device: Activation
    session: Session
    export: PreparedExport
    file: ReleaseFile
    secrets: tuple[str, ...]


@pytest.fixture
def world(license_in: LicenseIn, john: Customer, sarah: Customer, owner: Actor) -> World:
    license_in(Status.ACTIVE, john.email)
    hers = license_in(Status.ACTIVE, sarah.email)
    device = hers.activations.get()
    Activation.objects.filter(pk=device.pk).update(identifier="SARAHS-LAPTOP", last_ip="198.51.100.99")
    sessions.begin(sarah, "password", sessions.Visitor("198.51.100.99", "Sarahs browser"))
    session = Session.objects.get(customer=sarah)
    another = products.create(owner, name="Hers alone")
    services.issue(owner, generators.create(owner, product=another, name="Any", type="uuid"), sarah.email)
    file = shelf.release(owner, another).files.get()
    secrets = (hers.license_key, hers.license_key[-4:], str(hers.uuid), "SARAHS-LAPTOP", sarah.email, "198.51.100.99")
    export = prepared.prepare_own(accounts.themselves(sarah), sarah, "json")
    return World(sarah, hers, device, session, export, file, secrets)


def _address(pattern: URLPattern, world: World) -> str:
    text = str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        text = text.replace(f"<{kind}:{name}>", str(OWNED[pattern.name](world)))
    return f"/customer/{text}"


WALK = pytest.mark.parametrize("pattern", GUARDED, ids=[one.name for one in GUARDED])


def _ask(client: Client, method: str, address: str) -> HttpResponse:
    return client.generic(method, address, "", "application/x-www-form-urlencoded")


def _state(customer: Customer) -> list[object]:
    """Whatever is Sarah's."""
    return [
        list(License.objects.of(customer).order_by("pk").values()),
        list(Activation.objects.of(customer).order_by("pk").values()),
        list(IssuedFile.objects.filter(license__customer=customer).order_by("pk").values()),
        list(Customer.objects.filter(pk=customer.pk).values()),
        list(Session.objects.filter(customer=customer).order_by("pk").values("pk", "second_factor_due")),
    ]


@pytest.mark.spec("CUS-33")
def test_every_route_that_names_something_is_walked() -> None:
    named = {one.name for one in GUARDED if one.pattern.converters}
    assert named == set(OWNED), "say in OWNED what the ids of a new route name"


@WALK
@pytest.mark.spec("CUS-33")
def test_what_belongs_to_somebody_else_does_not_exist(
    pattern: URLPattern, world: World, john: Customer, visit_of: VisitOf
) -> None:
    client, address = visit_of(john), _address(pattern, world)
    refused = AuditEvent.objects.filter(action="access.refused", actor_id=str(john.uuid))
    for method in METHODS:
        before, known = _state(world.customer), refused.count()
        answer = _ask(client, method, address)
        if method not in pattern.callback.declared_methods:
            assert answer.status_code == 405
        elif pattern.pattern.converters:
            assert (answer.status_code, refused.count() - known) == (404, 1)
        else:
            assert answer.status_code < 500
        body = answer.content.decode().replace(address, "")
        assert not [secret for secret in world.secrets if secret in body]
        assert _state(world.customer) == before


@WALK
@pytest.mark.spec("CUS-33", "CUS-34")
@pytest.mark.parametrize("who", ["nobody", "admin"])
def test_without_a_customers_session_there_is_only_the_way_in(
    pattern: URLPattern, who: str, world: World, client_of: ClientOf
) -> None:
    client = client_of("super_admin") if who == "admin" else Client()
    before = _state(world.customer)
    for method in METHODS:
        answer = _ask(client, method, _address(pattern, world))
        if method in pattern.callback.declared_methods:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/customer/login?next=")
        else:
            assert answer.status_code == 405
    assert _state(world.customer) == before


@WALK
@pytest.mark.spec("CUS-40")
def test_an_admin_who_looks_on_changes_nothing(
    pattern: URLPattern, world: World, sarah: Customer, admin_of: AdminOf
) -> None:
    client = Client()
    viewer = admin_of("super_admin")
    client.cookies[COOKIE] = sessions.begin(sarah, "view_as", sessions.Visitor(), viewer=viewer)
    before, events = _state(sarah), AuditEvent.objects.count()
    for method in METHODS:
        answer = _ask(client, method, _address(pattern, world))
        if method not in pattern.callback.declared_methods:
            assert answer.status_code == 405
        elif method in ("GET", "HEAD") and pattern.name not in SECRET:
            assert answer.status_code == 200, "her own pages open"
            assert world.license.license_key not in answer.content.decode()
        else:
            assert answer.status_code == 403
    assert (_state(sarah), AuditEvent.objects.count()) == (before, events)


@pytest.mark.spec("CLP-02")
def test_no_page_names_a_number_of_the_database(world: World, sarah: Customer, visit_of: VisitOf) -> None:
    License.objects.filter(pk=world.license.pk).update(order_reference="")
    client = visit_of(sarah)
    for pattern in GUARDED:
        if "GET" in pattern.callback.declared_methods:
            page = client.get(_address(pattern, world)).content.decode()
            assert f'/{world.license.pk}"' not in page
            assert f'device-{world.device.pk}"' not in page
    for kind in ("int", "str", "slug", "path"):
        assert not [one for one in ROUTES if f"<{kind}:" in str(one.pattern)], "addresses carry UUIDs alone"


@pytest.mark.spec("CLP-03")
def test_the_portal_takes_no_api_key(world: World) -> None:
    answer = Client().get("/customer/licenses", headers={"Authorization": "Bearer kt_live_x", "X-API-Key": "kt_live_x"})
    assert answer.status_code == 302
