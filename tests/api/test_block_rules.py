"""The rules beside the block list: countries, programs, injections, guesses. Each code of LOG-13 has one."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from keyturn.api import blocks
from keyturn.core.errors import Invalid
from keyturn.core.ratelimit import Counters
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import SDK, Answer, Api
from tests.countries import country_file
from tests.logs import Logged

__all__ = ["country_file"]
KEY = "KEY-AAAA-BBBB-CCCC"
ENDPOINTS = pytest.mark.parametrize("endpoint", ["verify", "get-license-key-details"])
REFUSED = (403, 150)


def _seen(answer: Answer) -> tuple[int, int]:
    return answer.status, answer.code


def _ask(api: Api, endpoint: str, ip: str = "192.0.2.7", license_key: str = KEY) -> tuple[int, int]:
    body = urlencode({"api_key": api.secret, "license_key": license_key}).encode()
    return _seen(api.send("POST", f"/api/v1/{endpoint}", body, ip=ip))


@pytest.mark.spec("LOG-13", "KEY-12", "SET-75")
@ENDPOINTS
def test_a_blocked_country(api: Api, logged: Logged, country_file: Path, endpoint: str, settings: Any) -> None:
    api.license()
    preferences.set_value("api.blocked_countries", "jp\nbr")
    assert _ask(api, endpoint, "192.0.2.7")[0] == 200
    assert _ask(api, endpoint, "203.0.113.9") == _ask(api, endpoint, "198.51.100.9") == REFUSED
    assert _ask(api, endpoint, "::ffff:203.0.113.9") == REFUSED
    # Of nobody knows where, it is served.
    assert _ask(api, endpoint, "10.0.0.1")[0] == 200
    _, japan, brazil, *_ = logged()
    assert japan.category == brazil.category == "blocked"
    assert (japan.context["reason"], japan.context["country"]) == ("GEO_BLOCKED", "JP")
    assert (brazil.context["country"], brazil.context["threat_score"]) == ("BR", 1)
    assert brazil.context["rule"] == brazil.message == "The country of the address is blocked"
    settings.COUNTRY_DATABASE = ""
    assert _ask(api, endpoint, "203.0.113.9")[0] == 200


@pytest.mark.spec("LOG-13", "KEY-12", "SET-75")
@ENDPOINTS
def test_a_blocked_program(api: Api, logged: Logged, endpoint: str) -> None:
    api.license()
    preferences.set_value("api.blocked_programs", "Python-Requests/\nsqlmap")
    assert _seen(api.post(endpoint, license_key=KEY, agent="python-requests/2.32.3")) == REFUSED
    assert api.post(endpoint, license_key=KEY, agent=SDK).status == 200
    assert api.post(endpoint, license_key=KEY).status == 200
    blocked, *_ = logged()
    assert (blocked.context["reason"], blocked.context["user_agent"]) == (
        "USER_AGENT_BLOCKED", "python-requests/2.32.3")  # fmt: skip


INJECTIONS = [
    "' OR 1=1--",
    "KEY' or '1'='1",
    '") and "a"="a',
    "x') UNION ALL SELECT NULL,NULL-- -",
    "1' union select password from admins",
    "a'; DROP TABLE licenses;--",
    "a';insert into admins values(1)",
    "' AND SLEEP(5)#",
    "'||pg_sleep(5)--",
    "'; WAITFOR DELAY '0:0:5'--",
    "' and extractvalue(1,concat(0x7e,version()))",
    "x'; exec xp_cmdshell('dir')",
]
HONEST = [
    KEY,
    "O'Brien's PC",
    'Rack 3 "upper" and 4 = left',
    "Credit Union Select Branch",
    "PC (old) or 1 spare",
    "Drop table; update board",
    "cpu='Intel' and disk='WD'",
    "Müller & Söhne; Halle 'B'",
    "select-union-or-and-1=1",
    "f('x'); y",
    "{'id': 1, 'or': 2}",
    "sleep(5)",
    "Lab 'B', Benchmark (3)",
    "Lab 'B' and Sleep (lab)",
    "a' OR b' = c",
    "https://example.com/?a='1' OR x",
    "'" * 255,
    "' " * 120,
]


@pytest.mark.spec("LOG-13", "KEY-12", "SET-75")
@ENDPOINTS
def test_attempts_at_injection(api: Api, logged: Logged, endpoint: str) -> None:
    given = INJECTIONS[:3]
    assert {api.post(endpoint, license_key=text).code for text in given} == {210}
    preferences.set_value("api.block_injection", True)
    assert {_seen(api.post(endpoint, license_key=text)) for text in given} == {REFUSED}
    assert _seen(api.post(endpoint, license_key=KEY, hwid=given[0])) == REFUSED
    assert _seen(api.post(endpoint, license_key=KEY, product_uuid=given[1])) == REFUSED
    assert _seen(api.post(endpoint, license_key=KEY, api_key=given[2])) == REFUSED
    # What people write is not looked at.
    assert api.post(endpoint, license_key=KEY, metadata=given[0], name=given[1]).code == 210
    reasons = {entry.context["reason"] for entry in logged() if entry.category == "blocked"}
    assert reasons == {"SQL_INJECTION_ATTEMPT"}


def test_what_counts_as_an_injection() -> None:
    assert [text for text in INJECTIONS if not blocks._INJECTION.search(text)] == []
    assert [text for text in HONEST if blocks._INJECTION.search(text)] == []


@pytest.mark.spec("LOG-13", "KEY-12", "KEY-15", "SET-75")
@ENDPOINTS
def test_an_address_that_guesses_license_keys(api: Api, logged: Logged, endpoint: str) -> None:
    api.license()
    preferences.set_value("api.wrong_keys", 3)
    for number in (1, 2):
        assert [_ask(api, endpoint, license_key=f"KEY-000{number}") for _ in range(5)] == [(200, 210)] * 5
    assert _ask(api, endpoint) != REFUSED
    assert _ask(api, endpoint, license_key="KEY-0003") == (200, 210)
    # Also a right key, of which he would learn that it is one, and before the API key is looked at.
    assert _ask(api, endpoint) == REFUSED
    assert _seen(api.post("verify", license_key=KEY, api_key="kt_live_wrong")) == REFUSED
    assert _ask(api, endpoint, "192.0.2.8") != REFUSED
    entry = next(entry for entry in logged() if entry.category == "blocked")
    assert (entry.context["reason"], entry.ip) == ("ABUSE_PATTERN_DETECTED", "192.0.2.7")
    assert entry.context["threat_score"] == 1
    preferences.set_value("api.wrong_keys", 0)
    assert _ask(api, endpoint) != REFUSED


@pytest.mark.spec("LOG-13", "KEY-12")
def test_an_address_that_guesses_api_keys(api: Api) -> None:
    api.license()
    preferences.set_value("api.wrong_keys", 3)
    # A key that was taken away and is still in a thousand programs is no guess.
    for _ in range(10):
        assert api.post("verify", license_key=KEY, api_key="kt_live_old").code == 100
    assert api.get("get-all-products", api_key="").code == 100
    for number in range(2):
        assert api.get("get-all-products", api_key=f"kt_live_{number}").code == 100
    assert _seen(api.post("verify", license_key=KEY)) == REFUSED


@pytest.mark.spec("LOG-13")
@pytest.mark.parametrize("endpoint", ["get-license-key-details", "access-downloadables", "telemetry"])
def test_other_ways_to_guess(api: Api, endpoint: str) -> None:
    api.license()
    preferences.set_value("telemetry.enabled", True)
    preferences.set_value("api.wrong_keys", 2)
    for number in range(3):
        assert _seen(api.post(endpoint, agent=SDK, license_key=KEY, identifier=f"pc-{number}")) != REFUSED
        assert _seen(api.post(endpoint, agent=SDK, license_key="", identifier=f"pc-{number}")) != REFUSED
    for number in range(2):
        assert _seen(api.post(endpoint, agent=SDK, license_key=f"KEY-000{number}")) != REFUSED
    assert _seen(api.post(endpoint, agent=SDK, license_key=KEY)) == REFUSED


@pytest.mark.spec("LOG-13")
def test_who_asks_for_many_people_is_not_counted(api: Api) -> None:
    api.license()
    preferences.set_value("api.wrong_keys", 1)
    api.key.ip_allow = ["192.0.2.0/24"]
    api.key.save()
    for number in range(5):
        assert api.post("verify", license_key=f"KEY-000{number}").code == 210
    assert api.post("verify", license_key=KEY).code != 150


@pytest.mark.spec("LOG-13")
def test_a_line_of_ipv6_is_one_address(api: Api) -> None:
    preferences.set_value("api.wrong_keys", 2)
    for number in (1, 2):
        assert _ask(api, "verify", f"2001:db8:1::{number}", license_key=f"KEY-000{number}") == (200, 210)
    assert _ask(api, "verify", "2001:db8:1::ffff") == REFUSED
    assert _ask(api, "verify", "2001:db8:2::1") != REFUSED
    assert _ask(api, "verify", "::ffff:192.0.2.9") != REFUSED


def test_a_refusal_lasts_from_ten_to_twenty_minutes(tmp_path: Path) -> None:
    at = [1_200_000.0]
    ours, others = (Counters(tmp_path / "c", clock=lambda: at[0], window=600) for _ in range(2))
    assert not ours.reached("a", 2)
    ours.hit("a", 2)
    assert not others.reached("a", 2)
    ours.hit("a", 2)
    assert others.reached("a", 2)
    assert not others.reached("b", 2)
    assert not others.reached("a", 3)
    assert not others.reached("a", 0)
    at[0] += 1199
    assert others.reached("a", 2)
    at[0] += 1
    assert not others.reached("a", 2)


@pytest.mark.spec("SET-02", "LOG-13")
@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("api.blocked_countries", "de, at\r\nDE\n", "AT, DE"),
        ("api.blocked_countries", "UK", None),
        ("api.blocked_countries", "Germany", None),
        ("api.blocked_programs", " curl/ \r\n\r\nMozilla/4.0 (KHTML, like)\ncurl/", "curl/\nMozilla/4.0 (KHTML, like)"),
        ("api.blocked_programs", "curl\na", None),
        ("api.blocked_programs", "curl\n/1.", None),
        ("api.blocked_programs", " \n", ""),
        ("api.blocked_addresses", "192.0.2.1\r\n198.51.100.0/24", "192.0.2.1, 198.51.100.0/24"),
        ("api.blocked_identifiers", "laptop\npc,tv", "laptop, pc, tv"),
        ("api.wrong_keys", "-1", None),
    ],
)
def test_what_the_settings_take(db: None, name: str, value: str, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(Invalid):
            preferences.set_value(name, value)
    else:
        preferences.set_value(name, value)
        assert preferences.text(name) == stored
