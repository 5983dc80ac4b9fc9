"""The page that makes one license."""

from datetime import timedelta

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
URL = "/admin/licenses/create"


def _fields(generator: Generator, /, **changes: object) -> dict[str, object]:
    fields = {
        "product": str(generator.product.uuid),
        "generator": str(generator.uuid),
        "email": "",
        "order_reference": "",
        "activation_limit": "",
        "expiry": "generator",
        "expires_on": "",
        "features": "{}",
        "metadata": "{}",
    }
    return {**fields, **changes}


@pytest.mark.spec("LIC-10", "LIC-11", "LIC-12")
def test_for_the_stock_all_comes_from_the_generator(super_admin: Client, generator: Generator) -> None:
    answer = super_admin.post(URL, _fields(generator))
    license = License.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/licenses/{license.uuid}")
    assert (license.status, license.customer, license.activation_limit) == ("available", None, 3)
    assert (license.expires_at, license.validity_count, license.source) == (None, 365, "manual")
    assert license.license_key.startswith("PRO-")


@pytest.mark.spec("LIC-10", "LIC-12")
def test_for_a_customer_with_everything_set(super_admin: Client, owner: Actor, generator: Generator) -> None:
    generators.update(owner, generator, version=generator.version, features={"export": False, "seats": 5})
    given = {
        "email": "Sara@Acme.com",
        "order_reference": "#7",
        "activation_limit": "-1",
        "expiry": "day",
        "expires_on": "2099-12-31",
        "features": '{"export": true}',
        "metadata": '{"team": "Berlin"}',
    }
    assert super_admin.post(URL, _fields(generator, **given)).status_code == 302
    license = License.objects.select_related("customer").get()
    assert license.customer is not None
    assert (license.status, license.customer.email, license.order_reference) == ("assigned", "sara@acme.com", "#7")
    assert (license.activation_limit, license.features) == (-1, {"export": True, "seats": 5})
    assert license.metadata == {"team": "Berlin"}
    assert f"{license.expires_at:%Y-%m-%d}" == "2099-12-31"
    actions = set(AuditEvent.objects.filter(license_uuid=license.uuid).values_list("action", flat=True))
    assert {"license.created", "license.assigned"} <= actions


@pytest.mark.parametrize(("expiry", "days"), [("generator", 365), ("never", None)])
def test_expiry_counts_from_assignment_or_never(
    super_admin: Client, generator: Generator, expiry: str, days: int | None
) -> None:
    super_admin.post(URL, _fields(generator, email="sara@acme.com", expiry=expiry))
    license = License.objects.get()
    if days is None:
        assert license.expires_at is None
    else:
        assert license.expires_at is not None
        assert abs(license.expires_at - now() - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.spec("LIC-13")
def test_bad_input_saves_nothing_and_names_each_field(super_admin: Client, owner: Actor, generator: Generator) -> None:
    other = generators.create(owner, product=products.create(owner, name="Other"), name="Foreign")
    bad = {
        "generator": str(other.uuid),
        "email": "john@",
        "activation_limit": "0",
        "expiry": "day",
        "expires_on": "2020-01-01",
        "features": "{",
        "order_reference": "#9",
    }
    answer = super_admin.post(URL, _fields(generator, **bad))
    page = answer.content.decode()
    assert answer.status_code == 422
    for text in ("generator of this product", "valid e-mail", "1 to 10,000", "not past", "valid JSON", 'value="#9"'):
        assert text in page
    assert (License.objects.count(), Customer.objects.count()) == (0, 0)


def test_generators_follow_the_product(super_admin: Client, owner: Actor, generator: Generator) -> None:
    other = generators.create(owner, product=products.create(owner, name="Other"), name="Foreign")
    generators.create(owner, product=generator.product, name="Asleep", status="inactive")
    query = {"product": str(generator.product.uuid), "generator": str(generator.uuid)}
    piece = super_admin.get(URL, query, headers={"HX-Request": "true", "HX-Target": "from-generator"}).content.decode()
    assert piece.lstrip().startswith('<div id="from-generator"')
    assert "Sample key" in piece
    assert "3 devices, 365 days from assignment" in piece
    assert str(other.uuid) not in piece
    assert "Asleep" not in piece


@pytest.mark.spec("LIC-34")
@pytest.mark.parametrize("role", Role.values)
def test_who_may(client_of: ClientOf, generator: Generator, role: str) -> None:
    client, may = client_of(role), role in (Role.SUPER_ADMIN, Role.ADMIN)
    assert ("Create License" in client.get("/admin/licenses").content.decode()) == may
    assert client.post(URL, _fields(generator)).status_code == (302 if may else 403)
    assert License.objects.count() == may
