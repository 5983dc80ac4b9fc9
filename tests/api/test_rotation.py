"""What programs see of a product whose keys are exchanged, and of one that is stopped."""

import re
from datetime import timedelta
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import kill_switch, services
from keyturn.licensing.products import keys
from keyturn.licensing.products import services as products
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.models import KeyPair
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import SDK, Api, Verifier
from tests.jobs import Work


def _verify(api: Api) -> Any:
    return api.post("verify", license_key="KEY-AAAA-BBBB-CCCC", identifier="PC-1")


@pytest.mark.spec("PRD-30", "PRD-20")
def test_the_old_key_signs_through_the_grace_period(
    api: Api, openssl: Verifier, owner: Actor, work: Work, public_pem: Any
) -> None:
    api.license(devices=["PC-1"])
    old = public_pem(api.product)
    fresh = keys.rotate(owner, api.product)
    assert api.get("get-product-public-key").json["response"]["public_key"] == fresh.public_pem
    assert work() == 0
    openssl.document(_verify(api), old)
    openssl.document(api.get("get-product-public-key"), old)
    assert openssl.sdk(api.post("verify", agent=SDK, license_key="KEY-AAAA-BBBB-CCCC"), old)["valid"] is True
    with clock.fixed(clock.now() + timedelta(days=30, seconds=1)):
        assert work() == 1
    openssl.document(_verify(api), fresh.public_pem)
    assert _verify(api).code == 200
    archived = KeyPair.objects.get(public_pem=old)
    assert (archived.signs, archived.archived_at is None) == (False, False)


@pytest.mark.spec("PRD-30")
def test_without_grace_the_new_key_signs_at_once(api: Api, openssl: Verifier, owner: Actor, work: Work) -> None:
    api.license(devices=["PC-1"])
    preferences.set_value("keys.rotation_grace_days", 0)
    fresh = keys.rotate(owner, api.product)
    openssl.document(_verify(api), fresh.public_pem)
    assert work() == 0


@pytest.mark.spec("PRD-30")
def test_a_second_rotation_ends_the_grace_of_the_first(
    api: Api, openssl: Verifier, owner: Actor, public_pem: Any, work: Work
) -> None:
    api.license(devices=["PC-1"])
    second = keys.rotate(owner, api.product)
    third = keys.rotate(owner, api.product)
    openssl.document(_verify(api), second.public_pem)
    with clock.fixed(clock.now() + timedelta(days=31)):
        work()
    openssl.document(_verify(api), third.public_pem)
    assert KeyPair.objects.filter(holder=str(api.product.uuid), signs=True).count() == 1


@pytest.mark.spec("PRD-14")
def test_another_algorithm_waits_for_the_rotation(api: Api, openssl: Verifier, owner: Actor, public_pem: Any) -> None:
    api.license(devices=["PC-1"])
    products.update(owner, api.product, version=api.product.version, signing_algorithm="rsa-sha512")
    openssl.document(_verify(api), public_pem(api.product))
    preferences.set_value("keys.rotation_grace_days", 0)
    fresh = keys.rotate(owner, api.product)
    body = _verify(api).json
    assert openssl.check(fresh.public_pem, body["response_base64"].encode(), body["signature"], "sha512")


@pytest.mark.spec("PRD-31")
def test_nothing_verifies_from_the_first_second_of_the_kill_switch(api: Api, owner: Actor, work: Work) -> None:
    license = api.license(devices=["PC-1"])
    api.license("KEY-STOCK", status="available")
    assert _verify(api).code == 200
    kill_switch.pull(owner, api.product, confirmation="Editor")
    assert _verify(api).code == 203
    assert api.post("activate", license_key="KEY-AAAA-BBBB-CCCC", identifier="PC-2").code == 203
    work()
    assert _verify(api).code == 203
    assert set(api.product.licenses.values_list("status", flat=True)) == {"revoked"}
    assert license.activations.get().status == "inactive"


@pytest.mark.spec("PRD-15", "PRD-16")
def test_an_inactive_product_goes_on_verifying(api: Api, owner: Actor) -> None:
    api.license(devices=["PC-1"])
    products.update(owner, api.product, version=1, status="inactive", require_license=False)
    assert _verify(api).code == 200
    assert api.post("verify", license_key="KEY-AAAA-BBBB-CCCC", identifier="PC-2").code == 202
    assert api.post("activate", license_key="KEY-AAAA-BBBB-CCCC", identifier="PC-2").code == 203
    assert api.post("activate", license_key="KEY-AAAA-BBBB-CCCC", identifier="PC-1").code == 203


@pytest.mark.spec("PRD-12")
def test_later_features_touch_new_licenses_only(api: Api, owner: Actor) -> None:
    feature = {"key": "seats", "label": "Seats", "type": "number", "default": 5}
    product = products.update(owner, api.product, version=1, features=[feature])
    generator: Generator = generators.create(owner, product=product, name="Any", features={"export": True})
    old = services.issue(owner, generator, "ada@example.com")
    products.update(owner, product, version=2, features=[{**feature, "default": 9}, {**feature, "key": "later"}])
    new = services.issue(owner, generator, "ada@example.com")
    shown = [
        api.post("verify", agent=SDK, license_key=one.license_key).json["data"]["license"]["features"]
        for one in (old, new)
    ]
    assert shown[0] == {"access": True, "export": True, "seats": 5}
    assert shown[1] == {"access": True, "export": True, "later": 5, "seats": 9}


@pytest.mark.spec("PRD-40")
def test_a_key_of_another_environment_is_unknown(api: Api) -> None:
    elsewhere = api.make_product("Elsewhere", environment="staging")
    api.license(product=elsewhere, environment="staging", devices=["PC-1"])
    assert _verify(api).code == 210
    assert api.post("activate", license_key="KEY-AAAA-BBBB-CCCC", identifier="PC-9").code == 210
    assert [row["name"] for row in api.get("get-all-products").json["response"]["products"]] == ["Editor"]


def test_a_missing_pair_is_made_by_rotation(api: Api, owner: Actor) -> None:
    signing.forget(str(api.product.uuid))
    pair = keys.rotate(owner, api.product)
    assert (pair.signs, pair.archived_at) == (True, None)


@pytest.mark.spec("GEN-40", "GEN-41")
def test_generators_over_the_api(api: Api, owner: Actor) -> None:
    made = generators.create(
        owner,
        product=api.product,
        name="Chunks",
        type="chunk",
        prefix="PRO-",
        length=20,
        segment_length=5,
        activation_limit=-1,
        validity_count=None,
    )
    (row,) = api.get("get-all-generators").json["response"]["products"]
    shown = {
        "product_id": api.product.pk,
        "method": "chunk-system",
        "prefix": "PRO-",
        "suffix": "",
        "function_name": "",
        "number_of_chunks": 4,
        "chunk_length": 5,
        "activation_limit": 0,
        "validity": 0,
        "status": 1,
    }
    assert {name: row[name] for name in shown} == shown
    assert row["charset"]
    answer = api.post("generate", generator_id=made.pk, quantity=3)
    assert answer.code == 815
    keys = answer.json["response"]["licenseKeys"]
    assert all(re.fullmatch(r"PRO-(\w{5}-){3}\w{5}", key) for key in keys)
    assert set(api.product.licenses.values_list("license_key", flat=True)) == set(keys)
    made.refresh_from_db()
    assert made.generated == 3
    assert api.post("generate", generator_id=made.pk + 9, quantity=3).code == 806
    event = AuditEvent.objects.get(action="generator.batch")
    assert (event.actor_kind, event.changes["made"]) == ("api_key", 3)
    assert AuditEvent.objects.filter(action="license.created").count() == 3
