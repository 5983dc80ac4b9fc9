"""A key of one customer: everything else is answered as if it did not exist (KEY-13)."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyturn.access.actors import Actor
from keyturn.api.v1 import openapi, urls
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.products.models import Product
from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.operations.privacy import services as privacy
from keyturn.people.apikeys import services as apikeys
from keyturn.people.apikeys.catalog import ENDPOINTS, FOR_ONE_CUSTOMER
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import SDK, Api, Verifier

OWN, FOREIGN, STOCK = "ADAS-KEY-0001", "EVES-KEY-0001", "STOCK-KEY-001"
ABOUT_THE_ANSWER = ("signature", "timestamp", "response_base64", "telemetry_id")


class World:
    """Eve has a license of another product, with all that can hang on it; some stock is nobody's."""

    def __init__(self, api: Api, owner: Any) -> None:
        self.eve = Customer.objects.create(email="eve@example.com", name="Eve")
        self.product = api.make_product("Secret", metadata={"team": "red"})
        self.generator = generators.create(owner, product=self.product, name="Secret generator", activation_limit=3)
        contract = {"contract_key": "C-1", "name": "Secret contract", "quota": 9}
        self.contract = Contract.objects.create(environment="production", product=self.product, **contract)
        more = {"product": self.product, "generator": self.generator, "contract": self.contract}
        self.license = api.license(FOREIGN, devices=["pc"], metadata={"team": "red"}, customer=self.eve, **more)
        self.stock = api.license(STOCK, status="available", product=self.product)
        preferences.set_value("telemetry.enabled", True)
        api.key.customer = api.customer
        api.key.save()

    def named(self, license: License | None = None) -> dict[str, Any]:
        license = license or self.license
        return {
            "license_key": license.license_key,
            "license_uuid": license.uuid,
            "product_id": self.product.uuid,
            "generator_id": self.generator.pk,
            "contract_id": self.contract.uuid,
            "from_email": self.eve.email,
            "owner_email": self.eve.email,
        }


@pytest.fixture
def world(api: Api, owner: Any) -> World:
    return World(api, owner)


def _nothing() -> dict[str, Any]:
    """The same questions about what never existed."""
    people = dict.fromkeys(("from_email", "owner_email"), "nobody@example.com")
    ids = {"license_uuid": uuid4(), "product_id": uuid4(), "generator_id": 987654, "contract_id": uuid4()}
    return {"license_key": "NONE-KEY-0001", **ids, **people}


def _ask(api: Api, one: Any, named: dict[str, Any], agent: str) -> Any:
    """What is answered, without what differs from one answer to the next, and with names for what was asked."""
    address = one.name.replace("{name}", "team")
    for name in ("license_uuid", "license_key"):
        address = address.replace(f"{{{name}}}", str(named[name]))
    address = address.replace("{contract_uuid}", str(named["contract_id"]))
    more = {"license_keys": json.dumps([named["license_key"]]), "identifier": "pc", "key": "team", "value": "blue"}
    more |= {"activation_identifier": "pc", "name": "Stolen", "contract_name": "Stolen", "status": "blocked"}
    given = {name: value for name, value in named.items() if name != "license_uuid"}
    answer = (api.get if one.method == "GET" else api.post)(address, agent=agent, **{**given, **more})
    text = answer.body.decode()
    for name, value in named.items():
        text = text.replace(f'"{value}"', f'"<{name}>"')
    return answer.status, _lasting(json.loads(text))


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(one) for name, one in value.items() if name not in ABOUT_THE_ANSWER}
    return [_lasting(one) for one in value] if isinstance(value, list) else value


@pytest.mark.spec("KEY-13")
@pytest.mark.parametrize("agent", ["", SDK])
@pytest.mark.parametrize("whose", ["eve", "nobody"])
def test_what_is_not_the_customers_is_answered_like_nothing(api: Api, world: World, whose: str, agent: str) -> None:
    """Every endpoint, asked by a key that may do everything for Ada."""
    tables = (License, Activation, Product, Generator, Contract, Customer)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    named = world.named(world.license if whose == "eve" else world.stock)
    assert urls.DECLARING, "importing them declares their endpoints"
    asked = [one for one in openapi.described() if not one.public]
    assert len(asked) > 40
    for one in asked:
        answer = _ask(api, one, named, agent)
        assert answer == _ask(api, one, _nothing(), agent), one.name
        assert "Secret" not in str(answer), one.name
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


@pytest.mark.spec("KEY-13")
@pytest.mark.parametrize("endpoint", ["verify", "get-license-key-details"])
def test_the_same_work_for_what_is_not_his_and_for_nothing(api: Api, world: World, endpoint: str) -> None:
    def statements(license_key: str) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            api.post(endpoint, license_key=license_key, identifier="pc")
        return [query["sql"].partition(" ")[0] for query in seen]

    api.license(OWN, devices=["pc"])
    # Keys that sign are read once.
    for license_key in (OWN, "NONE-KEY-0001"):
        statements(license_key)
    assert statements(FOREIGN) == statements("NONE-KEY-0001")
    with_scope = statements(OWN)
    ApiKey.objects.update(customer=None)
    assert statements(OWN) == with_scope, "no query more than without"


@pytest.mark.spec("KEY-13", "KEY-14")
def test_what_is_nobodys_is_closed(api: Api, world: World) -> None:
    assert FOR_ONE_CUSTOMER < ENDPOINTS
    for name in ("generate", "create-license-keys", "random-assign-license-keys", "create-product", "create-contract"):
        answer = api.post(name, **world.named())
        assert (answer.status, answer.code) == (401, 102)
    for name in ("get-all-contracts", "get-available-license-keys-count"):
        assert api.get(name).code == 102


@pytest.mark.spec("KEY-13")
def test_what_is_his_works(api: Api, world: World, openssl: Verifier, public_pem: Any) -> None:
    own = api.license(OWN, devices=["pc"])
    answer = api.post("verify", license_key=OWN, identifier="pc", product_id=api.product.pk)
    assert answer.code == 200
    openssl.document(answer, public_pem(api.product))
    assert api.post("activate", license_key=OWN, identifier="laptop").code == 300
    assert api.post("deactivate", license_key=OWN, identifier="laptop").code == 400
    assert api.post("update-license-key", license_key=OWN, activation_limit=5).code == 950
    assert api.post("create-license-key-meta", license_key=OWN, identifier="pc", key="a", value="b").code == 453
    assert [row["license_key"] for row in api.get("get-license-keys").json["response"]["license_keys"]] == [OWN]
    assert [row["name"] for row in api.get("get-all-products").json["response"]["products"]] == ["Editor"]
    assert api.get("get-all-generators").json["response"]["products"] == []
    mine = {"license_key": OWN, "identifier": "desk", "email": api.customer.email}
    assert api.post("assign-and-activate-license-key", **mine).code == 300
    assert api.post(f"licenses/{own.uuid}/deactivate-all").code == 400


@pytest.mark.spec("KEY-13")
@pytest.mark.parametrize("address", ["eve@example.com", "nobody@example.com"])
def test_nothing_is_assigned_to_somebody_else(api: Api, world: World, address: str) -> None:
    api.license(OWN)
    given = {"license_key": OWN, "owner_email": address, "identifier": "pc"}
    codes = [api.post(name, **given).code for name in ("assign-license-key", "assign-and-activate-license-key")]
    assert codes == [801, 801]
    moved = api.post("transfer-license-keys", license_keys=json.dumps([OWN]), owner_email=address)
    assert (moved.code, list(moved.json["response"]["errors"])) == (901, ["owner_email"])
    changed = api.post("update-license-key", **given)
    assert (changed.code, list(changed.json["response"]["errors"])) == (951, ["owner_email"])
    renamed = api.post("update-license-key", license_key=OWN, owner_name="Somebody")
    assert (renamed.code, list(renamed.json["response"]["errors"])) == (951, ["owner_name"])
    assert License.objects.get(license_key=OWN).customer == api.customer
    assert set(Customer.objects.values_list("name", flat=True)) == {"Ada", "Eve"}


@pytest.mark.spec("KEY-13")
def test_telemetry_of_others_is_neither_linked_nor_read(api: Api, world: World) -> None:
    api.license(OWN, devices=["pc"])
    for license_key in (OWN, FOREIGN):
        api.post("send-telemetry", license_key=license_key, activation_identifier="pc", data_type="text", text_data="x")
    assert list(TelemetryRecord.objects.order_by("pk").values_list("license__license_key", flat=True)) == [OWN, None]
    rows = api.get("get-telemetry-data").json["response"]["data"]
    assert [row["license_key"] for row in rows] == [OWN]


@pytest.mark.spec("KEY-13")
def test_a_deleted_customers_key_stays_shut(api: Api, world: World, owner: Actor) -> None:
    """Also where nothing but the key names him: without his row it would see everything."""
    privacy.delete(owner, api.customer, typed=api.customer.email)
    assert api.post("verify", license_key=FOREIGN, identifier="pc").code == 101
    api.key.refresh_from_db()
    assert (api.key.is_active, api.key.customer is None) == (False, False)
    with pytest.raises(Exception, match="was deleted"):
        apikeys.enable(owner, api.key)
