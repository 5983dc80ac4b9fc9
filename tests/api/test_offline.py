"""Offline files over the API: the block file and the signed JSON, in answers and on request."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyturn.core.clock import now
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.products.models import Product
from keyturn.platform.audit.models import AuditEvent
from tests.api.conftest import JS, SDK, Api, Verifier

KEY = "KEY-AAAA-BBBB-CCCC"
END = datetime(2100, 1, 1, tzinfo=UTC)


def _check(openssl: Verifier, pem: str, text: str) -> dict[str, Any]:
    """The document, once its signature over the compact sorted JSON holds: what every SDK does."""
    document = json.loads(text)
    rest = {name: value for name, value in document.items() if name != "signature"}
    signed = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    assert openssl.check(pem, signed, document["signature"])
    assert not openssl.check(pem, signed.replace(b"production", b"staging"), document["signature"])
    return document


@pytest.mark.parametrize("endpoint", ["activate", "verify"])
@pytest.mark.spec("OFF-14", "OFF-01", "OFF-02", "OFF-05", "API-62")
def test_answers_carry_the_file_of_the_device(api: Api, openssl: Verifier, public_pem: Any, endpoint: str) -> None:
    api.license(devices=["pc"], expires_at=END, features={"export": True}, metadata={"café": 1.5})
    body = openssl.sdk(api.post_json(endpoint, {"license_key": KEY, "hwid": "pc"}, agent=JS), public_pem(api.product))
    document = _check(openssl, public_pem(api.product), body["data"]["offline_license"])
    shown = document["license"]
    assert (document["version"], document["environment"]) == ("2.0", "production")
    assert (shown["key"], shown["hardware_id"], shown["domain"]) == (KEY, "pc", None)
    assert (shown["expires_at"], shown["features"]) == ("2100-01-01T00:00:00Z", {"export": True})
    assert (shown["activations_limit"], shown["activations_count"]) == (2, 1)
    assert shown["metadata"] == [{"key": "café", "value": "1.5"}]
    assert document["product"] == {"id": str(api.product.uuid), "name": "Editor", "version": None}
    assert document["validation_rules"]["grace_period_days"] == 30
    assert document["security"]["signature_algorithm"] == "RSA-2048-SHA256"


@pytest.mark.spec("OFF-10", "OFF-14")
def test_a_product_without_offline_support_gives_none(api: Api) -> None:
    Product.objects.update(offline_allowed=False)
    api.license(devices=["pc"])
    data = api.post("verify", license_key=KEY, identifier="pc").json["response"]["data"]
    assert "offline_license" not in data
    assert "licFileContent" not in data
    assert api.post(f"licenses/{KEY}/offline-file").code == 503
    assert api.post("get-license-file", license_key=KEY, identifier="pc").code == 503
    assert IssuedFile.objects.count() == 0


@pytest.mark.spec("API-59")
def test_the_license_file(api: Api, openssl: Verifier, public_pem: Any) -> None:
    api.license(devices=["pc"])
    answer = api.post("get-license-file", license_key=KEY, identifier="pc")
    openssl.document(answer, public_pem(api.product))
    data = answer.json["response"]["data"]
    assert (answer.code, data["filename"], data["license"]["hardware_id"]) == (502, "license.lic", "pc")
    assert len(data["licFileContent"]) > 100
    _check(openssl, public_pem(api.product), data["offline_license"])
    sdk = openssl.sdk(
        api.post_json("get-license-file", {"license_key": KEY, "hwid": "pc"}, agent=SDK), public_pem(api.product)
    )
    assert sdk["data"]["offline_license"] == data["offline_license"]


@pytest.mark.spec("API-59")
def test_what_keeps_the_license_file_back(api: Api) -> None:
    api.license(devices=["pc"])
    api.license("K-FREE", status="available")
    assert api.post("get-license-file", license_key="NOBODY", identifier="pc").code == 501
    assert api.post("get-license-file", license_key=KEY).code == 215
    assert api.post("get-license-file", license_key=KEY, identifier="mac").code == 202
    assert api.post("get-license-file", license_key="K-FREE", identifier="pc").code == 201


@pytest.mark.spec("OFF-13", "OFF-17", "API-60")
def test_a_file_with_bindings_is_answered_raw_and_recorded(api: Api, openssl: Verifier, public_pem: Any) -> None:
    license = api.license(expires_at=END)
    given = {"hardware_id": "pc", "domain": "App.Example.com", "grace_period_days": 60, "environment": "production"}
    answer = api.post_json(f"licenses/{KEY}/offline-file", given)
    assert answer.headers["content-disposition"] == 'attachment; filename="license.lic"'
    document = _check(openssl, public_pem(api.product), answer.body.decode())
    assert (document["license"]["hardware_id"], document["license"]["domain"]) == ("pc", "app.example.com")
    assert document["validation_rules"]["grace_period_days"] == 60
    file = IssuedFile.objects.get()
    assert (file.license, file.hardware_id, file.ends_at) == (license, "pc", END)
    event = AuditEvent.objects.get(action="license.offline_issued")
    assert event.changes["file"] == file.sha256
    license.refresh_from_db()
    assert (license.status, license.active_devices, license.version) == ("assigned", 0, 1)
    assert not file.outdated
    api.post("update-license-key", license_key=KEY, activation_limit=9)
    assert IssuedFile.objects.select_related("license").get().outdated


@pytest.mark.spec("OFF-11", "OFF-01")
def test_a_drive_is_no_device(api: Api) -> None:
    api.license(devices=["pc"])
    document = json.loads(api.post_json(f"licenses/{KEY}/offline-file", {"usb_serial": "4C53"}).body)
    assert document["security"]["usb_serial_number"] == "4C53"
    assert document["validation_rules"]["require_usb_connected"] is True
    shown = document["license"]
    assert (shown["hardware_id"], shown["activations_limit"], shown["activations_count"]) == (None, 0, 0)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"environment": "staging"}, "environment"),
        ({"grace_period_days": 366}, "grace_period_days"),
        ({"domain": "https://example.com"}, "domain"),
        ({"domain": "example.com:8080"}, "domain"),
        ({"domain": "example.com", "usb": True}, "domain"),
        ({"hardware_id": "x" * 256}, "hardware_id"),
    ],
)
@pytest.mark.spec("OFF-12", "OFF-13")
def test_a_bad_binding_issues_nothing(api: Api, given: dict[str, Any], field: str) -> None:
    api.license()
    answer = api.post_json(f"licenses/{KEY}/offline-file", given)
    assert (answer.code, list(answer.json["response"]["errors"])) == (503, [field])
    assert IssuedFile.objects.count() == 0


@pytest.mark.parametrize("status", ["available", "suspended", "expired", "revoked"])
@pytest.mark.spec("OFF-16")
def test_only_licenses_in_use_get_a_file(api: Api, status: str) -> None:
    api.license(status=status, expires_at=now() + timedelta(days=1))
    answer = api.post(f"licenses/{KEY}/offline-file")
    assert (answer.code, status in answer.json["response"]["reason"]) == (503, True)
    assert api.post("licenses/NOBODY/offline-file").code == 501
