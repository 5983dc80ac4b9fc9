"""Callers whom the API turns away, whatever they hold (KEY-12)."""

import pytest

from keyturn.core.errors import Invalid
from keyturn.licensing.licenses.models import Activation
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import SDK, Api
from tests.logs import Logged

KEY = "KEY-AAAA-BBBB-CCCC"


def _codes(api: Api, **given: str) -> set[tuple[int, int]]:
    answers = [
        api.post("verify", license_key=KEY, identifier="pc", agent="Shop/1.0", **given),
        api.post("verify", license_key=KEY, hwid="pc", agent=f"{SDK} SHOP/1.0", **given),
        api.post("get-license-key-details", license_key=KEY, identifier="pc", agent="My Shop/1.0", **given),
    ]
    return {(answer.status, answer.code) for answer in answers}


@pytest.mark.spec("KEY-12", "API-10")
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("api.blocked_addresses", "198.51.100.1, 192.0.2.0/24"),
        ("api.blocked_identifiers", "laptop, pc"),
        ("api.blocked_identifiers", KEY),
        ("api.blocked_programs", "shop/1\n"),
    ],
)
def test_a_caller_on_the_list_is_answered_150(api: Api, setting: str, value: str) -> None:
    api.license(devices=["pc"])
    assert _codes(api) == {(200, 200), (200, 500)}
    preferences.set_value(setting, value)
    assert _codes(api) == {(403, 150)}
    # Before the API key is looked at, and whatever was answered to the same key of idempotency.
    assert _codes(api, api_key="kt_live_wrong") == {(403, 150)}
    assert _codes(api, idempotency_key="once") == {(403, 150)}
    assert Activation.objects.count() == 1
    preferences.set_value(setting, "")
    assert _codes(api) == {(200, 200), (200, 500)}


@pytest.mark.spec("KEY-12", "LOG-13")
def test_others_are_served_and_the_log_says_why(api: Api, logged: Logged) -> None:
    api.license(devices=["pc"])
    preferences.set_value("api.blocked_addresses", "198.51.100.0/24, 2001:db8::/32")
    preferences.set_value("api.blocked_identifiers", "laptop")
    assert _codes(api) == {(200, 200), (200, 500)}
    assert api.post("activate", license_key=KEY, identifier="laptop").code == 150
    blocked = [entry.context["reason"] for entry in logged() if entry.category == "blocked"]
    assert blocked == ["IP_BLOCKLISTED"]
    assert api.get("products/editor/changelog", identifier="laptop").code != 150


@pytest.mark.parametrize("value", ["example.com", "1.2.3", "0.0.0.0/0", "::/0", "192.0.2.1 192.0.2.2"])
def test_only_addresses_are_taken(api: Api, value: str) -> None:
    with pytest.raises(Invalid):
        preferences.set_value("api.blocked_addresses", value)
