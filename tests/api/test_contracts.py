"""Contracts: kept by the vendor's programs, used by a partner's, within their quota."""

from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import JS, SDK, Api, Verifier


@pytest.fixture
def generator(api: Api, owner: Actor) -> Generator:
    return generators.create(owner, product=api.product, name="Standard", activation_limit=3)


@pytest.fixture
def given(api: Api) -> dict[str, Any]:
    return {
        "contract_key": "RESELLER-1",
        "contract_name": "Reseller",
        "contract_information": "Ten a year",
        "product_id": api.product.pk,
        "license_keys_quantity": 3,
        "status": "active",
        "can_get_info": 1,
        "can_generate": 1,
        "can_destroy": 1,
        "can_destroy_all": 1,
    }


@pytest.fixture
def contract(api: Api, given: dict[str, Any], generator: Generator) -> Contract:
    assert api.post("create-contract", **given).code == 841
    return Contract.objects.get()


@pytest.mark.spec("API-52", "CON-45")
def test_create(api: Api, given: dict[str, Any], openssl: Verifier, public_pem: Any) -> None:
    answer = api.post("create-contract", **given)
    openssl.document(answer, public_pem(api.product))
    row = answer.json["response"]["contract"]
    assert (answer.code, answer.json["response"]["message"]) == (841, "contract created")
    assert (row["license_keys_quantity"], row["can_destroy"], row["license_keys_count"]) == (3, 1, 0)
    assert (row["product_id"], row["contract_key"]) == (api.product.pk, "RESELLER-1")
    listed = api.get("get-all-contracts", agent=JS, product_uuid=api.product.uuid).json
    assert (listed["code"], [one["uuid"] for one in listed["contracts"]]) == (846, [row["uuid"]])
    assert api.get("get-all-contracts", product_id=999999).code == 740
    assert AuditEvent.objects.filter(action="contract.created").count() == 1


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("contract_key", "", "Contract key is required and must be unique."),
        ("contract_key", "TAKEN", "Contract key is required and must be unique."),
        ("contract_name", "", "Contract name is required."),
        ("contract_information", "", "Contract information is required."),
        ("product_id", "999999", "Product Id must be a valid product Id."),
        ("license_keys_quantity", "0", "License keys quantity must be 1 or more."),
        ("license_keys_quantity", "many", "License keys quantity must be 1 or more."),
        ("status", "on", "Status must be active or inactive"),
        ("can_get_info", "2", "Can get info must be 1 for true or 0 for false"),
        ("can_destroy_all", "", "Can destroy all must be 1 for true or 0 for false"),
    ],
)
@pytest.mark.spec("API-52", "API-26")
def test_every_field_has_its_documented_text(
    api: Api, given: dict[str, Any], field: str, value: str, text: str
) -> None:
    assert api.post("create-contract", **{**given, "contract_key": "TAKEN"}).code == 841
    answer = api.post("create-contract", **{**given, field: value})
    assert (answer.code, answer.json["response"]["errors"]) == (825, {field: text})
    assert Contract.objects.count() == 1


@pytest.mark.spec("API-52")
def test_update(api: Api, contract: Contract, given: dict[str, Any]) -> None:
    changed = {**given, "contract_name": "Partner", "license_keys_quantity": 7, "status": "inactive"}
    answer = api.post("update-contract", contract_id=contract.pk, **changed)
    assert (answer.code, answer.json["response"]["contract"]["name"]) == (842, "Partner")
    assert AuditEvent.objects.filter(action="contract.suspended").count() == 1
    partly = {"contract_uuid": str(contract.uuid), "name": "Again"}
    assert api.post("update-contract", **partly).code == 825
    sdk = api.post_json("update-contract", partly, agent=SDK)
    assert (sdk.code, sdk.json["contract"]["license_keys_quantity"]) == (842, 7)
    assert api.post("update-contract", contract_id=999999, **given).code == 844
    contract.refresh_from_db()
    assert (contract.name, contract.status, contract.quota) == ("Again", "inactive", 7)


@pytest.mark.spec("API-52")
def test_a_deleted_contract_leaves_its_licenses(api: Api, contract: Contract) -> None:
    assert api.post("contracts/generate", contract_key="RESELLER-1").code == 1300
    assert api.post("delete-contract", contract_id=contract.pk).code == 843
    assert (Contract.objects.count(), License.objects.count()) == (0, 1)
    assert api.post("delete-contract", contract_id=contract.pk).code == 844


@pytest.mark.spec("API-53")
def test_generation_stays_within_the_quota(
    api: Api, contract: Contract, generator: Generator, openssl: Verifier, public_pem: Any
) -> None:
    answer = api.post("contracts/generate", contract_uuid=str(contract.uuid), quantity=2)
    openssl.document(answer, public_pem(api.product))
    keys = answer.json["response"]["license_keys"]
    made = License.objects.filter(license_key__in=keys)
    assert (answer.code, len(keys)) == (1300, 2)
    assert {(row.status, row.source, row.contract_id, row.activation_limit) for row in made} == {
        ("available", "contract", contract.pk, 3)
    }
    assert api.post("contracts/generate", contract_key="RESELLER-1", quantity=2).code == 1206
    last = api.post_json("contracts/generate", {"contract_id": contract.pk}, agent=JS)
    assert (last.code, last.json["licenses_generated"], last.json["quota_remaining"]) == (1300, 1, 0)
    assert api.post("contracts/generate", contract_key="RESELLER-1").code == 1205
    assert License.objects.count() == 3
    info = api.get("contracts/get-info", contract_key="RESELLER-1").json["response"]
    assert (info["code"], info["contract"]["license_keys_count"]) == (1204, 3)


@pytest.mark.spec("API-53")
def test_what_stands_in_the_way_of_generation(api: Api, contract: Contract, generator: Generator) -> None:
    asked = {"contract_key": "RESELLER-1"}
    assert api.post("contracts/generate", contract_key="NOBODY").code == 1200
    assert api.post("contracts/generate").code == 1200
    assert api.post("contracts/generate", quantity=1001, **asked).code == 1206
    Generator.objects.update(status="inactive")
    assert api.post("contracts/generate", **asked).code == 1203
    Product.objects.update(status="inactive")
    assert api.post("contracts/generate", **asked).code == 1202
    Contract.objects.update(status="inactive")
    assert api.post("contracts/generate", **asked).code == 1200
    assert api.get("contracts/get-info", **asked).code == 1200
    assert (License.objects.count(), Contract.objects.get().generated) == (0, 0)


@pytest.mark.parametrize(
    ("flag", "method", "name"),
    [
        ("can_get_info", "GET", "contracts/get-info"),
        ("can_generate", "POST", "contracts/generate"),
        ("can_destroy", "POST", "contracts/destroy"),
        ("can_destroy_all", "POST", "contracts/destroy-all"),
    ],
)
@pytest.mark.spec("API-53")
def test_a_right_that_is_off_is_a_missing_capability(
    api: Api, contract: Contract, flag: str, method: str, name: str
) -> None:
    Contract.objects.update(**{flag: False})
    send = api.get if method == "GET" else api.post
    answer = send(name, contract_key="RESELLER-1", license_key="X")
    assert (answer.status, answer.code) == (401, 102)


@pytest.mark.spec("API-53")
def test_destroying_returns_no_quota(api: Api, contract: Contract) -> None:
    keys = api.post("contracts/generate", contract_key="RESELLER-1", quantity=3).json["response"]["license_keys"]
    other = api.license("K-OTHER")
    assert api.post("contracts/destroy", license_key=keys[0]).code == 1400
    assert api.post("contracts/destroy", license_key=keys[0]).code == 1401
    assert api.post("contracts/destroy", license_key=keys[1], contract_key="RESELLER-1").code == 1400
    assert api.post("contracts/destroy", license_key="K-OTHER").code == 1401
    assert api.post("contracts/destroy", license_key="K-OTHER", contract_key="RESELLER-1").code == 1401
    ended = api.post("contracts/destroy-all", contract_key="RESELLER-1").json["response"]
    assert (ended["code"], ended["deleted"]) == (1500, 1)
    assert api.post("contracts/destroy-all", contract_key="RESELLER-1").code == 1501
    assert License.objects.filter(status="revoked").count() == 3
    other.refresh_from_db()
    assert other.status == "assigned"
    assert api.post("contracts/generate", contract_key="RESELLER-1").code == 1205


@pytest.mark.spec("API-60", "CON-31")
def test_a_contract_has_an_address_of_its_own(api: Api, contract: Contract) -> None:
    path = f"contracts/{contract.uuid}/generate"
    given = {"count": 2, "idempotency_key": "order-1"}
    first = api.post_json(path, given)
    response = first.json["response"]
    assert (response["code"], response["success"]) == (1300, True)
    assert (response["licenses_generated"], response["quota_remaining"]) == (2, 1)
    # Also where a program looks that knows nothing of envelopes.
    assert {name: first.json[name] for name in ("success", "licenses_generated", "quota_remaining")} == {
        "success": True,
        "licenses_generated": 2,
        "quota_remaining": 1,
    }
    assert api.post_json(path, given).body == first.body
    assert License.objects.count() == 2
    short = api.post_json(path, {"count": 2}, agent=JS).json
    assert (short["code"], short["success"], short["licenses_generated"], short["quota_remaining"]) == (
        1206,
        False,
        0,
        1,
    )


@pytest.mark.spec("KEY-15", "API-23")
def test_the_rate_limit_of_a_contract(api: Api, contract: Contract) -> None:
    preferences.set_value("api.per_contract", 2)
    for _ in range(2):
        assert api.get("contracts/get-info", contract_key="RESELLER-1").code == 1204
    refused = api.post("contracts/generate", contract_key="RESELLER-1")
    assert (refused.status, refused.code) == (429, 150)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert api.post(f"contracts/{contract.uuid}/generate").status == 429
    assert not License.objects.exists()
    assert api.get("contracts/get-info", contract_key="OTHER").code == 1200


def test_contracts_of_another_environment_do_not_exist(api: Api, contract: Contract) -> None:
    Contract.objects.update(environment="staging")
    assert api.get("get-all-contracts").json["response"]["contracts"] == []
    assert api.post("contracts/generate", contract_key="RESELLER-1").code == 1200
    assert api.post("delete-contract", contract_id=contract.pk).code == 844
