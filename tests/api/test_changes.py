"""Changing and deleting licenses, their metadata and features."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.licensing.licenses.models import Activation, License
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.api.conftest import JS, SDK, Api, Verifier

KEY = "KEY-AAAA-BBBB-CCCC"


@pytest.mark.spec("API-43")
def test_everything_can_be_changed_at_once(api: Api, openssl: Verifier, public_pem: Any) -> None:
    other = api.make_product("Player")
    license = api.license(activation_limit=1)
    answer = api.post_json(
        "update-license-key",
        {
            "license_key": KEY,
            "product_id": other.pk,
            "owner_email": "bob@example.com",
            "owner_name": "Bob",
            "activation_limit": 0,
            "validity": 10,
            "status": "blocked",
            "assigned_at": "2100-01-01 00:00:00",
            "metadata": {"team": "red"},
            "features": {"export": True},
        },
        agent=JS,
    )
    shown = openssl.sdk(answer, public_pem(other))["license"]
    assert (answer.code, shown["status"], shown["expires_at"]) == (950, "suspended", "2100-01-11T00:00:00Z")
    license.refresh_from_db()
    assert (license.product, license.activation_limit, license.validity_count) == (other, -1, 10)
    assert license.customer is not None
    assert (license.customer.email, license.customer.name) == ("bob@example.com", "Bob")
    assert (license.metadata, license.features) == ({"team": "red"}, {"export": True})


@pytest.mark.spec("API-43")
def test_what_is_absent_stays(api: Api) -> None:
    before = api.license(metadata={"a": "b"}, validity_count=5)
    answer = api.post("update-license-key", license_key=KEY, activation_limit="7")
    assert (answer.code, set(answer.json["response"])) == (950, {"code", "message", "timestamp"})
    after = License.objects.get()
    assert after.activation_limit == 7
    same = ("status", "metadata", "validity_count", "customer_id", "product_id", "expires_at", "assigned_at")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]


@pytest.mark.spec("API-43", "LCY-16")
def test_a_later_validity_renews(api: Api) -> None:
    start = now() - timedelta(days=20)
    api.license(status="expired", assigned_at=start, expires_at=start + timedelta(days=10), validity_count=10)
    assert api.post("update-license-key", license_key=KEY, validity_days=5).code == 951
    assert api.post("update-license-key", license_key=KEY, validity_days=40).code == 950
    license = License.objects.get()
    assert (license.status, license.expires_at) == ("assigned", start + timedelta(days=40))
    assert api.post("update-license-key", license_key=KEY, validity=0).code == 950
    assert License.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("origin", "wanted", "status"),
    [
        ("assigned", "available", "available"),
        ("suspended", "active", "assigned"),
        ("suspended", "assigned", "assigned"),
        ("active", "inactive", "suspended"),
        ("assigned", "revoked", "revoked"),
        ("expired", "assigned", "expired"),
    ],
)
@pytest.mark.spec("API-43", "API-34")
def test_states_are_changed_in_either_vocabulary(api: Api, origin: str, wanted: str, status: str) -> None:
    api.license(devices=["pc"] if origin == "active" else [], status=origin)
    assert api.post("update-license-key", license_key=KEY, status=wanted).code == 950
    license = License.objects.get()
    assert license.status == status
    assert (license.customer is None) == (status == "available")


def test_stock_can_be_reserved_and_released(api: Api) -> None:
    api.license(status="available")
    assert api.post("update-license-key", license_key=KEY, status="reserved").code == 950
    assert License.objects.get().reserved
    assert api.post("update-license-key", license_key=KEY, status="available").code == 950
    assert not License.objects.get().reserved


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"activation_limit": "20000"}, "activation_limit"),
        ({"validity": "-1"}, "validity"),
        ({"status": "expired"}, "status"),
        ({"status": "stolen"}, "status"),
        ({"product_id": "999999"}, "product_id"),
        ({"owner_email": "no address"}, "owner_email"),
        ({"assigned_at": "yesterday"}, "assigned_at"),
        ({"metadata": "[1]"}, "metadata"),
        ({"features": '{"a b": 1}'}, "features"),
    ],
)
@pytest.mark.spec("API-43", "API-26")
def test_one_bad_value_changes_nothing(api: Api, given: dict[str, str], field: str) -> None:
    license = api.license()
    answer = api.post("update-license-key", license_key=KEY, **{"activation_limit": "9", **given})
    assert answer.code == 951
    assert list(answer.json["response"]["errors"]) == [field]
    assert License.objects.get().activation_limit == license.activation_limit


@pytest.mark.spec("API-43")
def test_what_may_not_be_changed_is_refused(api: Api) -> None:
    other = api.make_product("Player")
    api.license(devices=["pc"])
    assert api.post("update-license-key", license_key="NO-SUCH-KEY", status="blocked").code == 952
    moved = api.post("update-license-key", license_key=KEY, product_id=other.pk)
    assert (moved.code, list(moved.json["response"]["errors"])) == (951, ["product_id"])
    api.license("K-REVOKED", status="revoked")
    assert api.post("update-license-key", license_key="K-REVOKED", status="assigned").code == 951
    assert api.post("update-license-key", license_key="K-REVOKED", activation_limit=5).code == 951
    assert License.objects.get(license_key="K-REVOKED").status == "revoked"


@pytest.mark.spec("API-44", "LCY-17")
def test_a_deleted_license_is_gone_with_its_devices(api: Api) -> None:
    api.license(devices=["pc"])
    assert api.post("delete-license-key", license_key=KEY).code == 850
    assert (License.objects.count(), Activation.objects.count()) == (0, 0)
    assert AuditEvent.objects.filter(action="license.deleted").count() == 1
    assert api.post("delete-license-key", license_key=KEY).code == 851
    assert api.post("verify", license_key=KEY, identifier="pc").code == 210


@pytest.mark.spec("API-45")
def test_metadata_of_a_license(api: Api) -> None:
    api.license(devices=["pc"])
    asked = {"license_key": KEY, "identifier": "pc"}
    assert api.post("create-license-key-meta", **asked, value="x").code == 450
    assert api.post("create-license-key-meta", **asked, key="team").code == 451
    made = api.post("create-license-key-meta", **asked, key="team", value="red")
    assert (made.code, type(made.json["response"]["meta_id"])) == (453, int)
    assert api.post("create-license-key-meta", **asked, meta_key="team", meta_value="red").code == 452
    assert api.post("update-license-key-meta", **asked, key="size", value="1").code == 352
    changed = api.post_json("update-license-key-meta", {**asked, "key": "team", "value": {"a": [1]}})
    assert (changed.code, changed.json["response"]["meta_id"]) == (353, made.json["response"]["meta_id"])
    assert License.objects.get().metadata == {"team": '{"a": [1]}'}
    assert api.post("delete-license-key-meta", **asked).code == 250
    assert api.post("delete-license-key-meta", **asked, key="size").code == 251
    assert api.post("delete-license-key-meta", **asked, key="team").code == 252
    assert License.objects.get().metadata == {}


@pytest.mark.parametrize(
    ("state", "code"),
    [({"status": "suspended"}, 204), ({"status": "available"}, 201), ({"status": "expired"}, 453)],
)
@pytest.mark.spec("API-45")
def test_metadata_asks_the_license_first(api: Api, state: dict[str, Any], code: int) -> None:
    api.license(**state)
    sdk = {"license_key": KEY, "meta_key": "a", "meta_value": "b"}
    assert api.post_json("create-license-key-meta", sdk, agent=SDK).code == code
    assert api.post("create-license-key-meta", license_key="NO", key="a", value="b").code == 210


@pytest.mark.spec("API-45")
def test_the_documented_metadata_calls_name_a_device(api: Api) -> None:
    api.license(devices=["pc"])
    given = {"license_key": KEY, "key": "a", "value": "b"}
    assert api.post("create-license-key-meta", **given).code == 215
    assert api.post("create-license-key-meta", **given, identifier="mac").code == 202


@pytest.mark.spec("API-48")
def test_metadata_of_a_product(api: Api) -> None:
    asked = {"product_id": api.product.pk}
    assert api.post("create-product-meta", product_id=0, key="a", value="b").code == 274
    assert api.post("update-product-meta", product_id=0, key="a", value="b").code == 374
    assert api.post("delete-product-meta", product_id=0, key="a").code == 483
    assert api.post("create-product-meta", **asked, value="b").code == 270
    assert api.post("create-product-meta", **asked, key="a").code == 271
    assert api.post("create-product-meta", **asked, key="a", value="b").code == 273
    assert api.post("create-product-meta", **asked, key="a", value="b").code == 272
    assert api.post("update-product-meta", **asked, key="a").code == 371
    assert api.post("update-product-meta", **asked, value="a").code == 370
    assert api.post("update-product-meta", **asked, key="z", value="c").code == 372
    assert api.post("update-product-meta", **asked, key="a", value="c").code == 373
    api.product.refresh_from_db()
    assert api.product.metadata == {"a": "c"}
    assert api.post("delete-product-meta", **asked).code == 480
    assert api.post("delete-product-meta", **asked, key="z").code == 481
    assert api.post("delete-product-meta", **asked, key="a").code == 482


@pytest.mark.spec("API-58")
def test_a_feature_is_asked_by_its_address(api: Api, openssl: Verifier, public_pem: Any) -> None:
    api.license(features={"export": True, "trial": False, "seats": 5})
    answer = api.get(f"licenses/{KEY}/features/export", agent=JS)
    body = openssl.sdk(answer, public_pem(api.product))
    assert (body["code"], body["enabled"], body["value"], body["valid"]) == (200, True, True, True)
    seats = api.get(f"licenses/{KEY}/features/seats")
    assert (seats.json["response"]["enabled"], seats.json["response"]["value"]) == (True, 5)
    assert api.get(f"licenses/{KEY}/features/trial").json["response"]["enabled"] is False
    absent = api.get(f"licenses/{KEY}/features/teleport").json["response"]
    assert (absent["code"], absent["enabled"], "value" in absent) == (200, False, False)


@pytest.mark.parametrize(
    ("state", "code"),
    [({"status": "suspended"}, 204), ({"status": "available"}, 201), ({"status": "expired"}, 205)],
)
@pytest.mark.spec("API-58")
def test_an_unusable_license_has_no_features(api: Api, state: dict[str, Any], code: int) -> None:
    api.license(features={"export": True}, **state)
    answer = api.get(f"licenses/{KEY}/features/export", agent=JS)
    assert (answer.status, answer.code, answer.json["enabled"]) == (200, code, False)
    assert api.get("licenses/NO-SUCH/features/export").code == 210


@pytest.mark.spec("API-60", "ACT-26")
def test_all_devices_of_a_license_end_at_once(api: Api) -> None:
    license = api.license(devices=["a", "b"])
    answer = api.post(f"licenses/{license.uuid}/deactivate-all")
    assert (answer.code, answer.json["response"]["deactivated"]) == (400, 2)
    license.refresh_from_db()
    assert (license.active_devices, license.activations.filter(status="active").count()) == (0, 0)
    assert AuditEvent.objects.filter(action="activation.deleted").count() == 2
    assert api.post(f"licenses/{license.uuid}/deactivate-all").code == 401
    assert api.post("licenses/01920000-0000-7000-8000-000000000000/deactivate-all").code == 210
    assert api.get(f"licenses/{license.uuid}/deactivate-all").status == 405


def test_a_start_in_the_past_moves_the_end(api: Api) -> None:
    with clock.fixed(datetime(2026, 3, 1, tzinfo=UTC)):
        api.license(validity_count=31, assigned_at=now())
        assert api.post("update-license-key", license_key=KEY, assigned_at="2026-02-10 12:00:00").code == 950
    assert License.objects.get().expires_at == datetime(2026, 3, 13, 12, tzinfo=UTC)
    assert Customer.objects.count() == 1


@pytest.mark.spec("CUS-17")
def test_licenses_change_hands_by_key(api: Api, openssl: Verifier, public_pem: Any) -> None:
    license = api.license("K-1", devices=["pc"])
    api.license("K-2", status="available")
    given = {"license_keys": ["K-1", "K-2"], "owner_email": "New@example.com", "owner_name": "New"}
    answer = api.post_json("transfer-license-keys", given)
    openssl.document(answer, public_pem())
    assert (answer.code, answer.json["response"]["transferred"]) == (803, 2)
    assert {row.customer.email for row in License.objects.all() if row.customer} == {"new@example.com"}
    license.refresh_from_db()
    assert (license.status, license.active_devices) == ("active", 1)
    again = api.post_json("transfer-license-keys", given, agent=SDK)
    assert (again.code, again.json["transferred"]) == (803, 0)


@pytest.mark.spec("CUS-17")
def test_ten_thousand_licenses_change_hands_in_one_call(api: Api) -> None:
    License.objects.bulk_create(
        [
            License(
                environment="production",
                license_key=f"K-{number}",
                product=api.product,
                customer=api.customer,
                status="assigned",
            )
            for number in range(10_000)
        ],
        batch_size=500,
    )
    api.license("K-REVOKED", status="revoked")
    answer = api.post("transfer-license-keys", from_email="ada@example.com", owner_email="new@example.com")
    assert (answer.code, answer.json["response"]["transferred"]) == (803, 10_000)
    assert License.objects.filter(customer__email="new@example.com").count() == 10_000
    assert License.objects.get(customer=api.customer).license_key == "K-REVOKED"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"license_keys": ["K-1"]}, "owner_email"),
        ({"owner_email": "new@example.com"}, "license_keys"),
        ({"owner_email": "new@example.com", "license_keys": []}, "license_keys"),
        ({"owner_email": "new@example.com", "license_keys": ["K-1", "K-NOBODY"]}, "license_keys"),
        ({"owner_email": "new@example.com", "license_keys": ["K-1"] * 10_001}, "license_keys"),
        ({"owner_email": "new@example.com", "license_keys": ["K-1", 2]}, "license_keys"),
        ({"owner_email": "new@example.com", "from_email": "nobody@example.com"}, "from_email"),
        ({"owner_email": "nothing", "license_keys": ["K-1"]}, "owner_email"),
        ({"owner_email": "new@example.com", "license_keys": ["K-1", "K-REVOKED"]}, "request"),
    ],
)
@pytest.mark.spec("CUS-17")
def test_a_bad_transfer_moves_nothing(api: Api, given: dict[str, Any], field: str) -> None:
    api.license("K-1")
    api.license("K-REVOKED", status="revoked")
    answer = api.post_json("transfer-license-keys", given)
    assert (answer.code, list(answer.json["response"]["errors"])) == (901, [field])
    assert not Customer.objects.filter(email="new@example.com").exists()
