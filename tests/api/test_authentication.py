"""Who may ask, and how often."""

from datetime import timedelta
from typing import Any

import pytest

from keyturn.api.v1 import openapi, urls
from keyturn.core import clock
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.products.models import Product
from keyturn.people.apikeys import services as apikeys
from keyturn.platform.logs.models import Level, RequestLog
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import JS, SDK, Api, Verifier
from tests.logs import Logged

KEY = "KEY-AAAA-BBBB-CCCC"
# One endpoint of the gate and one of Django behind it: both must refuse alike.
ENDPOINTS = ["verify", "generate"]


@pytest.mark.parametrize("agent", ["", SDK])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key_hash": "0" * 64, "is_active": False}, 100),
        ({"is_active": False, "ip_allow": ["203.0.113.0/24"]}, 101),
        ({"expires_at": "past", "capabilities": []}, 101),
        ({"ip_allow": ["203.0.113.0/24", "2001:db8::/32"], "capabilities": []}, 103),
        ({"capabilities": ["get-all-products"], "rate_limit": 1}, 102),
    ],
)
@pytest.mark.spec("API-10", "KEY-12", "KEY-08", "LCY-30", "API-22")
def test_the_first_failed_check_answers(
    api: Api, openssl: Verifier, public_pem: Any, changes: dict[str, Any], code: int, endpoint: str, agent: str
) -> None:
    for name, value in changes.items():
        setattr(api.key, name, clock.now() - timedelta(seconds=1) if value == "past" else value)
    api.key.save()
    answer = api.post(endpoint, license_key=KEY, identifier="pc", agent=agent)
    assert (answer.status, answer.code) == (401, code)
    if agent:
        body = openssl.sdk(answer, public_pem())
        assert "data" not in body
        assert (body["code"], body["success"]) == (code, False)
    else:
        openssl.document(answer, public_pem())
    assert RequestLog.objects.filter(code=code, status=401).count() == 1


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.spec("KEY-05", "KEY-12")
def test_allowed_addresses(api: Api, endpoint: str) -> None:
    api.key.ip_allow = ["192.0.2.0/24", "2001:db8::/32"]
    api.key.save()
    body = f"api_key={api.secret}".encode()
    for ip, status in [("192.0.2.200", 200), ("::ffff:192.0.2.9", 200), ("2001:db8::1", 200), ("198.51.100.1", 401)]:
        assert api.send("POST", f"/v1/{endpoint}", body, ip=ip).status == status


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_capability_opens_its_endpoint_alone(api: Api, endpoint: str) -> None:
    api.key.capabilities = [endpoint]
    api.key.save()
    assert [api.post(name).status == 200 for name in ENDPOINTS] == [name == endpoint for name in ENDPOINTS]


@pytest.mark.spec("KEY-07")
def test_a_revoked_key_is_refused_at_once(api: Api, owner: Any) -> None:
    assert api.post("verify", license_key=KEY).status == 200
    apikeys.revoke(owner, api.key)
    assert api.post("verify", license_key=KEY).code == 101


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.spec("API-23", "API-10", "KEY-15")
def test_rate_limit_of_a_key(api: Api, openssl: Verifier, public_pem: Any, endpoint: str) -> None:
    api.key.rate_limit = 2
    api.key.save()
    for _ in range(2):
        assert api.post(endpoint).status == 200
    for agent, factor in (("", 1), (JS, 1), (SDK, 1000)):
        answer = api.post(endpoint, agent=agent)
        assert (answer.status, answer.code) == (429, 150)
        seconds = int(answer.headers["retry-after"])
        assert 1 <= seconds <= 60
        assert answer.json["retry_after"] == seconds * factor
        if agent:
            openssl.sdk(answer, public_pem())


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.spec("KEY-15")
def test_a_warning_when_four_fifths_of_the_limit_are_used(
    api: Api, endpoint: str, caplog: pytest.LogCaptureFixture, logged: Logged
) -> None:
    api.key.rate_limit = 6
    api.key.save()
    with caplog.at_level("WARNING", "keyturn.api.limits"):
        for number in range(1, 9):
            api.post(endpoint)
            assert len(caplog.messages) == (number >= 5)
    assert caplog.messages == [f"API key {api.key.uuid} has used 80 % of its 6 requests a minute"]
    shown = [entry for entry in logged() if entry.message == "The API key has used 80 % of its requests a minute"]
    assert [(entry.level, entry.user_label, entry.context["limit"]) for entry in shown] == [
        (Level.WARNING, "Client", 6)
    ]


@pytest.mark.spec("KEY-11")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_key_comes_as_header_or_parameter(api: Api, endpoint: str) -> None:
    def status(query: str = "", **headers: str) -> int:
        return api.send("POST", f"/api/v1/{endpoint}", b"x=1", query=query, **headers).status

    assert status(AUTHORIZATION=f"Bearer {api.secret}") == 200
    assert status(f"api_key={api.secret}") == 200
    assert status(f"api_key={api.secret}", AUTHORIZATION="Bearer wrong") == 401
    assert status() == 401


@pytest.mark.spec("KEY-15", "API-23", "LIC-32")
def test_rate_limits_of_address_and_license(api: Api) -> None:
    api.license(devices=["pc"])
    api.license("KEY-2", devices=["pc"])
    preferences.set_value("api.per_license", 1)
    preferences.set_value("api.per_ip", 3)
    body = f"api_key={api.secret}&identifier=pc&license_key=".encode()
    ask = [
        api.send("POST", "/v1/verify", body + key.encode(), ip=ip).status
        for key, ip in [
            (KEY, "192.0.2.1"),
            (KEY, "192.0.2.2"),
            ("KEY-2", "192.0.2.1"),
            ("NOTHING", "192.0.2.1"),
            ("NOTHING", "192.0.2.1"),
            ("NOTHING", "192.0.2.3"),
        ]
    ]
    assert ask == [200, 429, 200, 200, 429, 200]


@pytest.mark.spec("API-13")
def test_choosing_the_profile(api: Api) -> None:
    def is_sdk(agent: str = "", wish: str = "") -> bool:
        body = f"api_key={api.secret}".encode()
        return "success" in api.send("POST", "/v1/generate", body, agent=agent, X_RESPONSE_PROFILE=wish).json

    assert [is_sdk(), is_sdk(SDK), is_sdk("LicenseManager-PHP-SDK/1.0"), is_sdk("curl/8")] == [False, True, True, False]
    assert [is_sdk(SDK, "document"), is_sdk("", "sdk"), is_sdk(SDK, "nonsense")] == [False, True, True]
    api.key.profile = "sdk"
    api.key.save()
    assert [is_sdk(), is_sdk("", "document")] == [True, False]
    api.key.profile = "document"
    api.key.save()
    assert [is_sdk(SDK), is_sdk(SDK, "sdk")] == [False, True]


@pytest.mark.spec("KEY-09")
def test_last_used_is_kept_once_a_minute(api: Api) -> None:
    at = clock.now()
    for seconds, expected in ((0, 0), (30, 0), (61, 61)):
        with clock.fixed(at + timedelta(seconds=seconds)):
            api.post("verify")
        api.key.refresh_from_db()
        assert api.key.last_used_at == at + timedelta(seconds=expected)


@pytest.mark.spec("KEY-11")
def test_a_key_meets_nothing_of_another_environment(api: Api, owner: Any) -> None:
    """Every endpoint, asked about things of production by a key of staging that may do everything."""
    license = api.license(devices=["pc"], metadata={"team": "red"})
    generator = generators.create(owner, product=api.product, name="Secret generator", activation_limit=3)
    contract = Contract.objects.create(
        environment="production", contract_key="C-1", name="Secret contract", product=api.product, quota=9
    )
    api.key.environment = "staging"
    api.key.save()
    given = {
        "license_key": KEY,
        "license_keys": f'["{KEY}"]',
        "identifier": "pc",
        "product_id": api.product.uuid,
        "generator_id": generator.uuid,
        "contract_id": contract.uuid,
        "from_email": api.customer.email,
        "owner_email": "thief@example.com",
        "key": "team",
        "value": "blue",
        "status": "blocked",
        "name": "Stolen",
        "contract_name": "Stolen",
    }
    tables = (License, Activation, Product, Generator, Contract)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    assert urls.DECLARING, "importing them declares their endpoints"
    asked = [one for one in openapi.described() if not one.public]
    assert len(asked) > 40
    for one in asked:
        address = one.name.replace("{license_uuid}", str(license.uuid)).replace("{contract_uuid}", str(contract.uuid))
        address = address.replace("{license_key}", KEY).replace("{name}", "team")
        answer = (api.get if one.method == "GET" else api.post)(address, **given)
        text = answer.body.decode()
        assert answer.status in (200, 403), (one.name, text)
        told = [secret for secret in ("Secret", "ada@example.com", str(license.uuid), '"red"') if secret in text]
        assert not told, (one.name, text)
    assert [list(table.objects.filter(pk__in=[row["id"] for row in rows]).order_by("pk").values())
            for table, rows in zip(tables, before, strict=True)] == before  # fmt: skip
