"""Verify: every verdict in both profiles, signed as clients check it."""

from datetime import timedelta
from typing import Any

import pytest

from keyturn.core import clock
from keyturn.licensing.licenses.models import Activation
from keyturn.platform.logs.models import RequestLog
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import SDK, Answer, Api, Verifier

KEY = "KEY-AAAA-BBBB-CCCC"


def _setup(api: Api, state: str) -> None:
    past = clock.now() - timedelta(days=1)
    match state:
        case "unknown":
            return
        case "other environment":
            api.product.environment = "staging"
            api.product.save()
            api.license(environment="staging", devices=["pc"])
        case "killed product":
            api.product.killed_at = past
            api.product.save()
            api.license(devices=["pc"])
        case "past its expiry":
            api.license(devices=["pc"], expires_at=past)
        case "active":
            api.license(devices=["pc"])
        case "another device":
            api.license(devices=["laptop"])
        case _:
            api.license(devices=["pc"] if state in ("suspended", "expired") else [], status=state)


@pytest.mark.parametrize("agent", ["", SDK])
@pytest.mark.parametrize(
    ("state", "code", "shown"),
    [
        ("active", 200, "active"),
        ("available", 201, "cancelled"),
        ("assigned", 202, "cancelled"),
        ("another device", 202, "cancelled"),
        ("killed product", 203, "cancelled"),
        ("suspended", 204, "suspended"),
        ("revoked", 204, "revoked"),
        ("expired", 205, "expired"),
        ("past its expiry", 205, "expired"),
        ("unknown", 210, "revoked"),
        ("other environment", 210, "revoked"),
    ],
)
@pytest.mark.spec("LCY-30", "LCY-31", "LCY-32", "API-27", "API-30", "API-32", "API-12", "API-14", "API-16", "API-18")
def test_verdicts(api: Api, openssl: Verifier, public_pem: Any, state: str, code: int, shown: str, agent: str) -> None:
    _setup(api, state)
    answer = api.post("verify", license_key=KEY, identifier="pc", agent=agent)
    assert (answer.status, answer.code) == (200, code)
    product = None if code == 210 else api.product
    assert answer.json["private_key_used"] == ("product" if product else "global")
    response = answer.json["response"]
    if not agent:
        openssl.document(answer, public_pem(product))
    else:
        inner = openssl.sdk(answer, public_pem(product))
        assert inner["code"] == code
        assert inner["success"] is inner["valid"] is (code == 200)
        assert inner["license"]["status"] == shown
        assert inner["data"]["license"] == inner["license"]
        assert type(inner["timestamp"]) is int
        assert (inner["features"] == []) is (code != 200)
    if code == 210:
        assert "data" not in response
    else:
        assert response["data"]["valid"] is (code == 200)
        assert code != 204 or response["data"]["state"] == state


@pytest.mark.spec("API-31")
def test_without_identifier(api: Api) -> None:
    api.license()
    assert api.post("verify", license_key=KEY).code == 215
    assert api.post("verify", license_key=KEY, agent=SDK).code == 200
    api.product.identifier_required = True
    api.product.save()
    assert api.post("verify", license_key=KEY, agent=SDK).code == 215


@pytest.mark.spec("ACT-16")
def test_a_success_updates_the_device_and_the_log(api: Api) -> None:
    license = api.license(devices=["pc"])
    answer = api.send(
        "POST",
        "/v1/verify",
        f"api_key={api.secret}&license_key={KEY}&identifier=pc".encode(),
        ip="198.51.100.4",
        X_REQUEST_ID="order-77",
    )
    device = Activation.objects.get()
    assert device.last_ip == "198.51.100.4"
    assert device.last_verified_at is not None
    row = RequestLog.objects.get()
    assert (row.endpoint, row.code, row.status, row.license_id) == ("verify", 200, 200, license.pk)
    assert row.request_id == answer.headers["x-request-id"] == "order-77"
    assert row.key_start == "KEY-AAAA"
    api.key.refresh_from_db()
    assert api.key.last_used_at is not None


@pytest.mark.spec("LCY-30", "API-19")
def test_a_named_product_must_match_and_signs(api: Api, openssl: Verifier, public_pem: Any) -> None:
    other = api.make_product("Player")
    api.license(devices=["pc"])
    for product, code in ((api.product, 200), (other, 210)):
        for name in (product.pk, product.uuid):
            answer = api.post("verify", license_key=KEY, identifier="pc", product_uuid=name)
            assert answer.code == code
            openssl.document(answer, public_pem(product))
    unknown = api.post("verify", license_key="NOTHING", identifier="pc", product_id=other.pk)
    assert unknown.code == 210
    openssl.document(unknown, public_pem(other))
    assert api.post("verify", license_key=KEY, identifier="pc", product_id="nonsense").code == 210


@pytest.mark.spec("LCY-31")
def test_grace_keeps_a_license_valid(api: Api) -> None:
    api.license(devices=["pc"], expires_at=clock.now() - timedelta(days=2))
    assert api.post("verify", license_key=KEY, identifier="pc").code == 205
    preferences.set_value("licenses.grace_days", 3)
    answer = api.post("verify", license_key=KEY, identifier="pc")
    assert answer.code == 200
    assert answer.json["response"]["data"]["in_grace"] is True


@pytest.mark.spec("API-02", "API-01")
@pytest.mark.parametrize(
    "path", ["/api/v1/", "/v1/", "//v1/", "/api//v1/", "/api/v1/v1/", "/api/api/v1/", "/api/v1/licenses/"]
)
@pytest.mark.parametrize("name", ["verify", "verify/"])
def test_base_paths(api: Api, path: str, name: str) -> None:
    api.license(devices=["pc"])
    assert api.post(name, path=path, license_key=KEY, identifier="pc").code == 200


def _codes(*answers: Answer) -> list[int]:
    return [answer.code for answer in answers]


@pytest.mark.spec("API-08", "API-06")
def test_every_name_of_the_identifier(api: Api) -> None:
    api.license(devices=["pc"])
    for name in ("identifier", "hardwareId", "hardware_id", "hwid", "domain", "server_domain"):
        assert api.post("verify", entitlement_key=KEY, **{name: " pc ", "cache_ttl": "9"}).code == 200
    assert api.post("verify", license_key=KEY, identifier="pc", domain="elsewhere.example").code == 200
    assert api.post("verify", license_key=KEY, identifier="", domain="elsewhere.example").code == 202


@pytest.mark.spec("API-09")
def test_every_place_of_the_key(api: Api) -> None:
    api.license(devices=["pc"])
    body = f"license_key={KEY}&identifier=pc".encode()
    answers = [
        api.send("POST", "/v1/verify", body, AUTHORIZATION=f"Bearer {api.secret}"),
        api.send("POST", "/v1/verify", body, X_API_KEY=api.secret),
        api.send("POST", "/v1/verify", body + f"&api_key={api.secret}".encode()),
        api.send("POST", "/v1/verify", body, query=f"api_key={api.secret}"),
        api.send("POST", "/v1/verify", body + f"&api_key={api.secret}".encode(), AUTHORIZATION="Bearer wrong"),
    ]
    assert _codes(*answers) == [200, 200, 200, 200, 100]
