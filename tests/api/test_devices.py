"""Activate and deactivate through the gate."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from keyturn.core import clock
from keyturn.licensing.licenses.models import Activation, License
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import RequestLog
from tests.api.conftest import JS, SDK, Api, Verifier

KEY = "KEY-AAAA-BBBB-CCCC"


@pytest.mark.parametrize("agent", ["", SDK, JS])
@pytest.mark.spec("API-28", "API-29", "LCY-30", "ACT-12", "ACT-13", "ACT-23", "API-16")
def test_a_device_comes_and_goes(api: Api, openssl: Verifier, public_pem: Any, agent: str) -> None:
    license = api.license()

    def ask(name: str, identifier: str = "pc") -> tuple[int, dict[str, Any]]:
        answer = api.post(name, license_key=KEY, identifier=identifier, agent=agent)
        if not agent:
            openssl.document(answer, public_pem(api.product))
            return answer.code, answer.json["response"].get("data", {})
        return answer.code, openssl.sdk(answer, public_pem(api.product))["data"]

    code, body = ask("activate")
    assert code == 300
    assert body["valid"] is True
    assert body["activation"]["identifier"] == "pc"
    assert body["activation"]["id"] == str(Activation.objects.get().uuid)
    assert (body["activations_count"], body["remaining_activations"]) == (1, 1)
    license.refresh_from_db()
    assert license.status == "active"
    assert ask("activate")[0] == 301
    assert ask("activate", "laptop")[0] == 300
    code, body = ask("activate", "tablet")
    assert code == 302
    assert body["activations_count"] == 2
    assert ask("verify")[0] == 200
    code, body = ask("deactivate")
    assert code == 400
    if agent:
        assert body["activation"]["status"] == "inactive"
        assert body["remaining_activations"] == 1
    assert ask("deactivate")[0] == 401
    assert ask("verify")[0] == 202
    assert ask("activate")[0] == 300
    assert Activation.objects.filter(identifier="pc").count() == 2
    license.refresh_from_db()
    assert license.active_devices == 2
    assert AuditEvent.objects.filter(action="activation.created", actor_kind="api_key").count() == 3
    codes = list(RequestLog.objects.order_by("id").values_list("code", flat=True))
    assert codes == [300, 301, 300, 302, 200, 400, 401, 202, 300]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": "available"}, 201),
        ({"status": "suspended"}, 204),
        ({"status": "revoked"}, 204),
        ({"status": "expired"}, 205),
        ({"expires_at": "past"}, 205),
        ({"product": "inactive"}, 203),
        ({"product": "killed"}, 203),
    ],
)
@pytest.mark.spec("LCY-30", "API-30", "API-28")
def test_refused_activations_leave_nothing(api: Api, values: dict[str, Any], code: int) -> None:
    product = values.pop("product", "")
    if product == "inactive":
        api.product.status = "inactive"
    elif product:
        api.product.killed_at = clock.now()
    api.product.save()
    if values.get("expires_at"):
        values["expires_at"] = clock.now() - timedelta(hours=1)
    license = api.license(**values)
    for agent in ("", SDK):
        assert api.post("activate", license_key=KEY, identifier="pc", agent=agent).code == code
    assert not Activation.objects.exists()
    license.refresh_from_db()
    assert license.active_devices == 0


@pytest.mark.spec("LCY-30", "API-29")
def test_missing_and_unknown(api: Api) -> None:
    license = api.license(devices=["pc"])
    for name in ("activate", "deactivate"):
        assert api.post(name, license_key=KEY).code == 215
        assert api.post(name, license_key=KEY, agent=SDK).code == 215
        assert api.post(name, license_key="NOTHING", identifier="pc").code == 210
        assert api.post(name, identifier="pc").code == 210
    for state in ("suspended", "expired"):
        License.objects.filter(pk=license.pk).update(status=state)
        assert api.post("deactivate", license_key=KEY, identifier="laptop").code == 401
    assert api.post("deactivate", license_key=KEY, identifier="pc").code == 400


@pytest.mark.spec("API-33", "ACT-14")
def test_unlimited(api: Api) -> None:
    api.license(activation_limit=-1)
    for n in range(5):
        answer = api.post("activate", license_key=KEY, identifier=f"pc{n}")
        assert answer.code == 300
    assert answer.json["response"]["data"]["remaining_activations"] is None
    assert answer.json["response"]["data"]["activations_limit"] == 0


@pytest.mark.spec("API-08")
def test_kinds(api: Api) -> None:
    api.license(activation_limit=9)
    for given, kind in [
        ({"identifier": "shop.example.com"}, "domain"),
        ({"identifier": "Shop.Example.com:8080"}, "domain"),
        ({"domain": "localhost"}, "domain"),
        ({"hwid": "5C-AB 01"}, "hardware"),
    ]:
        shown = api.post("activate", license_key=KEY, agent=SDK, **given).json["data"]["activation"]
        assert shown["identifier"] == next(iter(given.values()))
        assert ("domain" if kind == "domain" else "hardware_id") in shown
        assert Activation.objects.get(uuid=shown["uuid"]).kind == kind


@pytest.mark.spec("API-61", "API-63")
def test_the_file_opens_with_the_public_key(api: Api, public_pem: Any) -> None:
    api.license(features={"export": True})
    first = api.post("activate", license_key=KEY, identifier="shop.example.com", agent=SDK).json["data"]
    again = api.post("verify", license_key=KEY, identifier="shop.example.com", agent=SDK).json["data"]
    assert first["licFileContent"] == again["licFileContent"]
    numbers = load_pem_public_key(public_pem(api.product).encode()).public_numbers()
    blocks = base64.b64decode(first["licFileContent"])
    text = b""
    for start in range(0, len(blocks), 256):
        block = pow(int.from_bytes(blocks[start : start + 256], "big"), numbers.e, numbers.n).to_bytes(256, "big")
        text += block[2:].partition(b"\x00")[2]
    document = json.loads(text)
    assert document["license_key"] == document["key"] == KEY
    assert document["domain"] == "shop.example.com"
    assert "hardware_id" not in document
    assert document["features"] == {"export": True, "access": True}
    assert document["product"] == {"uuid": str(api.product.uuid), "name": "Editor"}
    api.product.offline_allowed = False
    api.product.save()
    assert "licFileContent" not in api.post("verify", license_key=KEY, identifier="shop.example.com").body.decode()


def test_context_is_kept_and_bounded(api: Api) -> None:
    api.license()
    api.post_json(
        "activate",
        {
            "license_key": KEY,
            "hardwareId": "pc",
            "os": "Linux",
            "metadata": {"seat": 4},
            "post_url": "https://example.com/hook",
        },
        agent=JS,
    )
    device = Activation.objects.get()
    assert device.details == {"os": "Linux", "metadata": {"seat": 4}}
    assert device.post_url == "https://example.com/hook"
    assert device.user_agent == JS
    api.post("activate", license_key=KEY, identifier="laptop", os="x" * 9000, post_url="javascript:alert(1)")
    device = Activation.objects.get(identifier="laptop")
    assert (device.details, device.post_url) == ({}, "")
