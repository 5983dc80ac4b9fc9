"""The management endpoints, in both profiles."""

import json
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing.models import KeyPair
from keyturn.people.customers.models import Customer
from keyturn.platform.logs.models import RequestLog
from tests.api.conftest import JS, SDK, Answer, Api, Verifier

KEY = "KEY-AAAA-BBBB-CCCC"


@pytest.fixture
def generator(api: Api, owner: Actor) -> Generator:
    return generators.create(owner, product=api.product, name="Standard", activation_limit=3, validity_count=30)


@pytest.mark.spec("API-46", "API-26", "API-03")
def test_create_product(api: Api, openssl: Verifier, public_pem: Any) -> None:
    answer = api.post(
        "create-product",
        name="Player",
        description="Plays.",
        source="Internal",
        require_non_expired="1",
        status="active",
        external_reference="SKU-1",
    )
    product = Product.objects.get(name="Player")
    openssl.document(answer, public_pem())
    assert (answer.code, answer.json["response"]["product_id"]) == (750, product.pk)
    assert (product.source, product.require_license, product.external_reference) == ("api", True, "SKU-1")
    assert product.environment == "production"
    sdk = api.post_json("create-product", {"name": "Mixer", "features": {"export": True, "seats": 5}}, agent=JS)
    body = openssl.sdk(sdk, public_pem())
    assert (sdk.code, body["success"], body["product"]["slug"]) == (750, True, "mixer")
    assert body["product"]["features"] == {"export": True, "seats": 5}
    assert body["product"]["source"] == "internal"


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"description": "x"}, "name", "The name field is required."),
        ({"name": "Player"}, "description", "The description field is required."),
        ({"name": "Player", "description": "x", "status": "on"}, "status", "The selected status is invalid."),
        ({"name": "Player", "description": "x", "source": "shop"}, "source", "The selected source is invalid."),
        ({"name": "Player", "description": "x", "slug": "editor"}, "slug", None),
        ({"name": "P\u0007l", "description": "x"}, "name", "The selected name is invalid."),
        ({"name": "P" * 5000, "description": "x"}, "name", None),
        ({"name": "Player", "description": "x", "features": "{"}, "features", "The selected features is invalid."),
        ({"name": "Player", "description": "x", "features": '{"a": 1.5}'}, "features", None),
        ({"name": "Player", "description": "x", "features": '{"Not ok": 1}'}, "features", None),
    ],
)
@pytest.mark.spec("API-46", "API-26")
def test_create_product_refuses(api: Api, given: dict[str, str], field: str, text: str | None) -> None:
    answer = api.post("create-product", **given)
    assert (answer.status, answer.code) == (200, 751)
    errors = answer.json["response"]["errors"]
    assert list(errors) == [field]
    assert isinstance(errors[field], list)
    assert text is None or errors[field] == [text]
    assert Product.objects.count() == 1


@pytest.mark.spec("API-47", "API-17", "API-05")
def test_get_all_products(api: Api, openssl: Verifier, public_pem: Any) -> None:
    api.make_product("Player", metadata={"team": "a/b", "no key": 1})
    api.make_product("Elsewhere", environment="staging")
    answer = api.get("get-all-products")
    rows = answer.json["response"]["products"]
    assert [row["name"] for row in rows] == ["Editor", "Player"]
    assert rows[1]["meta_data"] == [{"key": "team", "value": "a/b"}, {"key": "no key", "value": 1}]
    assert {"uuid", "slug", "id", "status", "require_non_expired"} <= set(rows[0])
    assert len(api.get("get-all-products", page=2, per_page=1).json["response"]["products"]) == 1
    sdk = api.send(
        "GET", "/v1/get-all-products", kind="application/json", agent=SDK, AUTHORIZATION=f"Bearer {api.secret}"
    )
    body = openssl.sdk(sdk, public_pem())
    assert [row["name"] for row in body["products"]] == ["Editor", "Player"]
    assert body["products"][0]["features"] == []


@pytest.mark.spec("API-49", "API-07")
def test_get_all_generators(api: Api, generator: Generator, openssl: Verifier, public_pem: Any) -> None:
    answer = api.get("get-all-generators", product_id=api.product.pk)
    assert answer.code == 820
    row = answer.json["response"]["products"][0]
    assert (row["id"], row["validity"], row["activation_limit"], row["status"]) == (generator.pk, 30, 3, 1)
    body = openssl.sdk(api.get("get-all-generators", product_uuid=api.product.uuid, agent=SDK), public_pem(api.product))
    assert body["generators"] == [row]
    other = api.make_product("Player")
    assert api.get("get-all-generators", product_id=other.pk).json["response"]["products"] == []
    assert api.get("get-all-generators", product_id=999_999).code == 740
    assert api.get("get-all-generators", product_id="x").code == 740
    assert api.get("get-all-generators").json["response"]["products"] == [row]


@pytest.mark.spec("API-50", "API-07", "API-26")
def test_generate(api: Api, generator: Generator, openssl: Verifier, public_pem: Any) -> None:
    answer = api.post("generate", generator_id=generator.pk, quantity=3)
    openssl.document(answer, public_pem(api.product))
    assert answer.code == 815
    keys = answer.json["response"]["licenseKeys"]
    assert sorted(keys) == sorted(License.objects.values_list("license_key", flat=True))
    assert set(License.objects.values_list("status", "source", "activation_limit")) == {("available", "api", 3)}
    sdk = api.post_json(
        "generate",
        {"generator_uuid": str(generator.uuid), "count": 2, "activation_limit": 0, "validity_days": 0},
        agent=JS,
    )
    body = openssl.sdk(sdk, public_pem(api.product))
    assert (body["count"], len(body["licenses"])) == (2, 2)
    assert body["response"]["data"]["licenses"] == body["licenses"]
    assert License.objects.filter(activation_limit=-1, validity_count=None).count() == 2
    for quantity in ("0", "1001", "-1", "x", "1.5", ""):
        refused = api.post("generate", generator_id=generator.pk, quantity=quantity)
        assert refused.code == 901
        assert list(refused.json["response"]["errors"]) == ["quantity"]
    assert api.post("generate", generator_id=999_999, quantity=1).code == 806
    assert api.post("generate", quantity=1).code == 806
    Generator.objects.update(status="inactive")
    assert api.post("generate", generator_id=generator.pk, quantity=1).code == 806
    assert License.objects.count() == 5


def _documented(api: Api, **more: Any) -> Answer:
    given = {"product_id": api.product.pk, "activation_limit": 0, "validity": 0, "status": "available"}
    return api.post("create-license-keys", **{**given, **more})


@pytest.mark.spec("API-42", "API-33")
def test_create_license_keys_documented(api: Api, openssl: Verifier, public_pem: Any) -> None:
    answer = _documented(api, license_keys='["A-1", "A-2", "A-2"]')
    openssl.document(answer, public_pem(api.product))
    response = answer.json["response"]
    assert (answer.code, response["created"], response["duplicate"]) == (900, 2, 1)
    assert set(License.objects.values_list("activation_limit", "validity_count")) == {(-1, None)}
    again = _documented(api, license_keys='["A-1"]').json["response"]
    assert (again["code"], again["created"], again["duplicate"]) == (902, 0, 1)
    body = f"api_key={api.secret}&product_id={api.product.uuid}&activation_limit=2&validity=10&status=assigned"
    body += "&owner_email=Bob%40Example.com&owner_name=Bob&license_keys[]=B-1&license_keys[]=B-2"
    body += "&assigned_at=2026-01-01 08:00:00"
    answer = api.send("POST", "/api/v1/create-license-keys", body.encode())
    assert (answer.code, answer.json["response"]["created"]) == (900, 2)
    license = License.objects.get(license_key="B-1")
    assert license.status == "assigned"
    assert license.customer == Customer.objects.get(email="bob@example.com", name="Bob")
    assert f"{license.expires_at:%Y-%m-%d %H:%M}" == "2026-01-11 08:00"
    assert _documented(api, license_keys='["C-1"]', status="reserved").code == 900
    assert License.objects.get(license_key="C-1").reserved
    assert _documented(api, license_keys='["D-1"]', status="blocked", owner_email="bob@example.com").code == 900
    assert License.objects.get(license_key="D-1").status == "suspended"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"license_keys": ""}, "license_keys"),
        ({"license_keys": "[]"}, "license_keys"),
        ({"license_keys": "no list"}, "license_keys"),
        ({"license_keys": "[1, {}]"}, "license_keys"),
        ({"license_keys": json.dumps(["K" * 5000])}, "license_keys"),
        ({"license_keys": json.dumps(["good", "bad\u0007key"])}, "license_keys"),
        ({"license_keys": json.dumps(["good", ""])}, "license_keys"),
        ({"license_keys": json.dumps([f"K{n}" for n in range(1001)])}, "license_keys"),
        ({"license_keys": '["A"]', "product_id": 999_999}, "product_id"),
        ({"license_keys": '["A"]', "product_id": ""}, "product_id"),
        ({"license_keys": '["A"]', "product_id": "9" * 40}, "product_id"),
        ({"license_keys": '["A"]', "activation_limit": "99999999999999999999"}, "activation_limit"),
        ({"license_keys": '["A"]', "activation_limit": "20000"}, "activation_limit"),
        ({"license_keys": '["A"]', "activation_limit": ""}, "activation_limit"),
        ({"license_keys": '["A"]', "validity": "-5"}, "validity"),
        ({"license_keys": '["A"]', "validity": "1e3"}, "validity"),
        ({"license_keys": '["A"]', "status": "gone"}, "status"),
        ({"license_keys": '["A"]', "status": "assigned"}, "owner_email"),
        ({"license_keys": '["A"]', "status": "assigned", "owner_email": "nobody"}, "owner_email"),
        ({"license_keys": '["A"]', "owner_email": "bob@example.com"}, "status"),
        ({"license_keys": '["A"]', "assigned_at": "yesterday"}, "assigned_at"),
    ],
)
@pytest.mark.spec("API-42", "API-26")
def test_create_license_keys_refuses(api: Api, more: dict[str, Any], field: str) -> None:
    answer = _documented(api, **more)
    assert (answer.status, answer.code) == (200, 901)
    assert list(answer.json["response"]["errors"]) == [field]
    assert not License.objects.exists()
    assert Customer.objects.count() == 1


@pytest.mark.spec("API-42", "API-06")
def test_create_license_keys_sdk(api: Api, generator: Generator, openssl: Verifier, public_pem: Any) -> None:
    names = {"product_uuid": str(api.product.uuid), "generator_uuid": str(generator.uuid)}
    wanted = [
        {**names, "customer_email": None},
        {**names, "customer_email": "bob@example.com", "validity_days": 5, "features": {"export": True}},
        {**names, "customer_email": "bob@example.com", "license_key": "OWN-1", "activation_limit": 7, "metadata": {}},
        {**names, "license_key": "OWN-1"},
    ]
    answer = api.post_json("create-license-keys", {"licenses": wanted}, agent=JS)
    body = openssl.sdk(answer, public_pem(api.product))
    assert (body["code"], body["created"], body["duplicate"]) == (900, 3, 1)
    assert [each["status"] for each in body["licenses"]] == ["available", "assigned", "assigned"]
    assert body["licenses"][1]["features"] == {"export": True}
    assert body["licenses"][1]["customer_email"] == "bob@example.com"
    assert [each["activation_limit"] for each in body["licenses"]] == [3, 3, 7]
    older = {**names, "customer_email": "eve@example.com", "licenses": [{}, {"license_key": "OWN-2"}]}
    assert api.post_json("create-license-keys", older, agent=SDK).json["created"] == 2
    for bad in ({"license_key": "X"}, {**names, "generator_uuid": "x"}, "X", {"product_id": api.product.pk}):
        assert api.post_json("create-license-keys", {"licenses": [names, bad]}, agent=SDK).code == 901
    assert api.post_json("create-license-keys", {"licenses": []}, agent=SDK).code == 901
    assert License.objects.count() == 5


@pytest.mark.spec("API-35")
def test_assign(api: Api, openssl: Verifier, public_pem: Any) -> None:
    api.license(status="available")
    answer = api.post("assign-license-key", license_key=KEY, email="bob@example.com", owner_name="Bob", agent=SDK)
    body = openssl.sdk(answer, public_pem(api.product))
    assert (body["code"], body["license"]["status"], body["license"]["customer_name"]) == (800, "assigned", "Bob")
    assert api.post("assign-license-key", license_key=KEY, email="bob@example.com").code == 801
    assert api.post("assign-license-key", license_key="NOTHING", email="bob@example.com").code == 801
    api.license("KEY-2", status="available")
    for email in ("", "nobody", "a" * 300 + "@example.com"):
        refused = api.post("assign-license-key", license_key="KEY-2", customer_email=email)
        assert refused.code == 801
        assert "owner_email" in refused.json["response"]["errors"]
    assert License.objects.get(license_key="KEY-2").status == "available"


@pytest.mark.spec("API-36", "LCY-11", "API-16")
def test_assign_and_activate(api: Api, openssl: Verifier, public_pem: Any) -> None:
    api.license(status="available", activation_limit=1)

    def ask(key: str = KEY, email: str = "bob@example.com", **more: str) -> int:
        given = {"license_key": key, "customer_email": email, "hardwareId": "pc", **more}
        answer = api.post_json("assign-and-activate-license-key", given, agent=SDK)
        openssl.sdk(answer, public_pem(None if key == "NOTHING" else api.product))
        assert answer.json["data"]["code"] == answer.code  # Wrapped, whatever the code.
        return answer.code

    assert ask() == 300
    license = License.objects.get()
    assert (license.status, license.customer.email, license.active_devices) == ("active", "bob@example.com", 1)
    assert ask() == 301
    assert ask(hardwareId="laptop") == 302
    assert ask(email="eve@example.com") == 801
    assert ask("NOTHING") == 801
    assert ask(hardwareId="") == 215
    assert ask(email="") == 801
    api.license("KEY-2", status="available", expires_at="2020-01-01T00:00:00Z")
    assert ask("KEY-2") == 205
    api.license("KEY-3", status="available")
    Product.objects.update(status="inactive")
    assert ask("KEY-3") == 203
    assert set(License.objects.exclude(license_key=KEY).values_list("status", "customer")) == {("available", None)}
    assert Activation.objects.count() == 1


@pytest.mark.spec("API-39", "API-33")
def test_details(api: Api, openssl: Verifier, public_pem: Any) -> None:
    license = api.license(devices=["pc"], metadata={"order": "7"})
    answer = api.post("get-license-key-details", license_key=KEY, identifier="pc")
    openssl.document(answer, public_pem(api.product))
    response = answer.json["response"]
    assert (answer.code, response["licenseKey"]["id"]) == (500, license.pk)
    assert response["licenseKey"]["expires_at"] is False
    assert response["licenseKey"]["meta_data"] == [{"key": "order", "value": "7"}]
    assert response["product"]["name"] == "Editor"
    assert api.post("get-license-key-details", license_key=KEY).code == 215
    assert api.post("get-license-key-details", license_key=KEY, identifier="laptop").code == 202
    body = openssl.sdk(api.post("get-license-key-details", license_key=KEY, agent=SDK), public_pem(api.product))
    assert body["license"]["meta_data"] == [{"key": "order", "value": "7"}]
    assert [each["identifier"] for each in body["activations"]] == ["pc"]
    assert api.post("get-license-key-details", license_key="NOTHING", identifier="pc").code == 210
    assert api.post("get-license-key-details", license_key="NOTHING", agent=SDK).code == 501
    for status, code in (("suspended", 204), ("expired", 500)):
        License.objects.update(status=status)
        assert api.post("get-license-key-details", license_key=KEY, identifier="pc").code == code
        assert api.post("get-license-key-details", license_key=KEY, agent=SDK).code == 500


@pytest.mark.spec("API-56")
def test_public_key(api: Api, openssl: Verifier, public_pem: Any) -> None:
    body = openssl.sdk(api.get("get-product-public-key", agent=SDK), public_pem(api.product))
    assert (body["code"], body["public_key"]) == (632, public_pem(api.product))
    assert body["product"] == {"uuid": str(api.product.uuid), "name": "Editor"}
    other = api.make_product("Player")
    assert api.get("get-product-public-key").code == 551
    for given in ({"product_uuid": other.uuid}, {"product_id": other.pk}, {"product_slug": "player"}):
        assert api.get("get-product-public-key", **given).json["response"]["product"]["name"] == "Player"
    api.key.default_product = other.uuid
    api.key.save()
    assert api.get("get-product-public-key").json["response"]["product"]["name"] == "Player"
    elsewhere = api.make_product("Elsewhere", environment="staging")
    assert api.get("get-product-public-key", product_id=elsewhere.pk).code == 551
    answer = api.send("GET", "/api/api/v1/get-product-public-key", AUTHORIZATION=f"Bearer {api.secret}")
    assert answer.code == 632


def test_a_missing_pair_is_made_when_asked_for(api: Api) -> None:
    KeyPair.objects.filter(holder=str(api.product.uuid)).delete()
    assert api.get("get-product-public-key").code == 632
    assert KeyPair.objects.filter(holder=str(api.product.uuid)).count() == 1


@pytest.mark.spec("API-19")
def test_the_default_product_signs_what_names_none(api: Api, openssl: Verifier, public_pem: Any) -> None:
    api.key.default_product = api.product.uuid
    api.key.save()
    openssl.document(api.get("get-all-products"), public_pem(api.product))


def test_management_calls_are_logged(api: Api) -> None:
    api.get("get-all-products")
    row = RequestLog.objects.get()
    assert (row.endpoint, row.code, row.api_key_id) == ("get-all-products", 810, api.key.pk)


def test_sha512_products_sign_with_it(api: Api, openssl: Verifier, public_pem: Any) -> None:
    product = api.make_product("Strong", signing_algorithm="rsa-sha512")
    body = api.get("get-product-public-key", product_id=product.pk).json
    message = body["response_base64"].encode()
    assert openssl.check(public_pem(product), message, body["signature"], "sha512")


@pytest.mark.spec("API-46")
def test_update_product(api: Api, openssl: Verifier, public_pem: Any) -> None:
    answer = api.post(
        "update-product", product_id=api.product.pk, name="Editor 2", require_non_expired="0", status="inactive"
    )
    openssl.document(answer, public_pem(api.product))
    api.product.refresh_from_db()
    assert (answer.code, api.product.name, api.product.status) == (650, "Editor 2", "inactive")
    assert (api.product.require_license, api.product.slug, api.product.key_bits) == (False, "editor", 2048)
    given = {"product_uuid": str(api.product.uuid), "features": {"export": True}, "source": "Envato"}
    body = openssl.sdk(api.post_json("update-product", given, agent=JS), public_pem(api.product))
    assert (body["product"]["name"], body["product"]["features"]) == ("Editor 2", {"export": True})
    assert body["product"]["source"] == "envato"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"product_id": "999999"}, "product_id"), ({"status": "on"}, "status"), ({"slug": "NOT OK"}, "slug")],
)
@pytest.mark.spec("API-46", "API-26")
def test_update_product_refuses(api: Api, given: dict[str, str], field: str) -> None:
    answer = api.post("update-product", **{"product_id": str(api.product.pk), "name": "New", **given})
    assert (answer.code, list(answer.json["response"]["errors"])) == (651, [field])
    assert Product.objects.get().name == "Editor"


@pytest.mark.spec("API-46")
def test_delete_product(api: Api, openssl: Verifier, public_pem: Any) -> None:
    license = api.license()
    refused = api.post("delete-product", product_id=api.product.pk)
    assert (refused.code, list(refused.json["response"]["errors"])) == (651, ["product_id"])
    License.objects.filter(pk=license.pk).delete()
    answer = api.post("delete-product", product_id=api.product.pk)
    openssl.document(answer, public_pem())
    assert (answer.code, Product.objects.count()) == (550, 0)
    assert api.post("delete-product", product_id=api.product.pk).code == 551


@pytest.mark.spec("API-56")
def test_product_look_ups(api: Api, openssl: Verifier, public_pem: Any) -> None:
    Product.objects.update(metadata={"team": "red"})
    body = openssl.sdk(api.get("get-product", agent=SDK), public_pem(api.product))
    assert (body["code"], body["product"]["slug"], body["features"]) == (631, "editor", [])
    found = api.get("get-product", product_slug="editor").json["response"]["product"]
    assert found["uuid"] == str(api.product.uuid)
    meta = api.get("get-product-meta", product_id=api.product.pk).json["response"]
    assert (meta["code"], meta["meta_data"]) == (631, [{"key": "team", "value": "red"}])
    for name in ("get-product", "get-product-meta"):
        assert api.get(name, product_slug="nothing").code == 551
