"""All faulty fields of a request are named in one answer, and nothing of it is done."""

import json
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.models import Job
from tests.api.conftest import SDK, Answer, Api

KEY = "KEY-AAAA-BBBB-CCCC"
# Of each kind: a type, something missing, a rule of the service, a relation to what exists.
PRODUCT = {
    "description": "D" * 2001,
    "source": "shop",
    "status": "on",
    "slug": "editor",
    "features": {"Not ok": 1, "half": 1.5},
    "require_non_expired": "maybe",
    "external_reference": "E" * 101,
}
KEYS = {
    "license_keys": ["A", "K" * 300],
    "product_id": 999_999,
    "owner_email": "nobody",
    "owner_name": "N" * 300,
    "activation_limit": 20_000,
    "validity": -5,
    "status": "gone",
    "assigned_at": "yesterday",
}


def _faults(answer: Answer, code: int) -> dict[str, list[str]]:
    assert (answer.status, answer.code) == (200, code)
    errors: dict[str, list[str]] = answer.json["response"]["errors"]
    assert all(isinstance(texts, list) and all(texts) for texts in errors.values())
    return errors


def _counts() -> list[int]:
    return [model.objects.count() for model in (Product, License, Customer, AuditEvent, Job)]


@pytest.mark.spec("API-26", "API-46")
def test_create_product(api: Api) -> None:
    before = _counts()
    errors = _faults(api.post_json("create-product", PRODUCT), 751)
    assert set(errors) == {*PRODUCT, "name"}
    assert errors["name"] == ["The name field is required."]
    assert errors["source"] == ["The selected source is invalid."]
    assert errors["slug"] == ["Another product of this environment has this slug. Enter a different one."]
    assert set(_faults(api.post_json("create-product", {"slug": "editor"}, agent=SDK), 751)) == {"name", "slug"}
    mixed = {"name": "P", "status": "on", "description": "x"}
    assert set(_faults(api.post_json("create-product", mixed), 751)) == {"name", "status"}
    assert _counts() == before


@pytest.mark.spec("API-26", "API-46")
def test_update_product(api: Api) -> None:
    api.make_product("Player")
    given = {**PRODUCT, "product_id": api.product.pk, "name": "P", "slug": "player"}
    before = _counts()
    assert set(_faults(api.post_json("update-product", given), 651)) == {*PRODUCT, "name"}
    unknown = {"product_id": 999_999, "status": "on"}
    assert set(_faults(api.post_json("update-product", unknown), 651)) == {"product_id", "status"}
    api.product.refresh_from_db()
    assert (api.product.name, _counts()) == ("Editor", before)


@pytest.mark.spec("API-26", "API-42")
def test_create_license_keys_in_the_documented_form(api: Api) -> None:
    before = _counts()
    form = {**KEYS, "license_keys": json.dumps(KEYS["license_keys"])}
    assert set(_faults(api.post("create-license-keys", **form), 901)) == set(KEYS)
    nothing = _faults(api.post("create-license-keys"), 901)
    missing = ("license_keys", "product_id", "activation_limit", "validity", "status")
    assert nothing == {name: [f"The {name.replace('_', ' ')} field is required."] for name in missing}
    some = {"license_keys": '["A"]', "validity": "x", "status": "assigned"}
    expected = {"product_id", "activation_limit", "validity", "owner_email"}
    assert set(_faults(api.post("create-license-keys", **some), 901)) == expected
    Product.objects.filter(pk=api.product.pk).update(status="inactive")
    closed = {**KEYS, "product_id": api.product.pk}
    assert set(_faults(api.post_json("create-license-keys", closed), 901)) == set(KEYS)
    assert _counts() == before


@pytest.mark.spec("API-26", "API-42")
def test_create_license_keys_in_the_form_of_the_sdks(api: Api, owner: Actor) -> None:
    generator = generators.create(owner, product=api.product, name="Standard")
    other = generators.create(owner, product=api.make_product("Player"), name="Other")
    good = {"product_uuid": str(api.product.uuid), "generator_uuid": str(generator.uuid)}

    def named(*wanted: Any, **shared: Any) -> set[str]:
        answer = api.post_json("create-license-keys", {"licenses": list(wanted), **shared}, agent=SDK)
        return set(_faults(answer, 901))

    before = _counts()
    assert named(good, {**good, "validity_days": "x"}, {**good, "customer_email": "nobody", "features": {"": 1}}) == {
        "validity",
        "owner_email",
        "features",
    }
    assert named({"activation_limit": 20_000, "metadata": 5}) == {
        "product_id",
        "generator_id",
        "activation_limit",
        "metadata",
    }
    assert named({**good, "generator_uuid": str(other.uuid)}, {**good, "status": "gone"}) == {"generator_id", "status"}
    assert named(good, "X", owner_email=["x"]) == {"licenses", "owner_email"}
    assert set(_faults(api.post("create-license-keys", licenses="{", product_id="x"), 901)) == {
        "licenses",
        "product_id",
    }
    assert _counts() == before


@pytest.mark.spec("API-26", "API-43")
def test_update_license_key(api: Api) -> None:
    license = api.license()
    before = _counts()
    given = {
        "license_key": KEY,
        "product_id": 999_999,
        "owner_email": "nobody",
        "activation_limit": 20_000,
        "validity": -5,
        "status": "gone",
        "features": {"": 1},
        "metadata": 5,
        "assigned_at": "yesterday",
    }
    assert set(_faults(api.post_json("update-license-key", given), 951)) == set(given) - {"license_key"}
    some = {"license_key": KEY, "product_id": 999_999, "activation_limit": 5, "validity": 9}
    assert set(_faults(api.post_json("update-license-key", some), 951)) == {"product_id"}
    license.refresh_from_db()
    assert (license.activation_limit, license.validity_count, _counts()) == (2, None, before)


@pytest.mark.spec("API-26", "API-37", "API-38")
def test_random_assignment(api: Api) -> None:
    before = _counts()
    given = {"product_id": api.product.pk, "quantity": 0, "owner_email": "nobody", "owner_name": "N" * 300}
    address = {"webhook_url": "nowhere", "identifier": "i" * 256}
    errors = _faults(api.post_json("random-assign-license-keys-queued", {**given, **address}), 901)
    assert set(errors) == {"quantity", "owner_email", "owner_name", *address}
    assert set(_faults(api.post_json("random-assign-license-keys", {**given, "quantity": 1}), 901)) == {
        "owner_email",
        "owner_name",
    }
    assert _counts() == before


@pytest.mark.spec("API-26", "API-35")
def test_an_owner_with_a_wrong_address_and_name(api: Api) -> None:
    api.license(status="available")
    given = {"license_key": KEY, "owner_email": "nobody", "owner_name": "N" * 300}
    assert set(_faults(api.post_json("assign-license-key", given), 801)) == {"owner_email", "owner_name"}
