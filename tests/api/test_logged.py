"""Every API call in the system log, without keys, secrets or people."""

import json
from functools import partial
from pathlib import Path

import pytest

from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs import writer
from keyturn.platform.logs.models import LogEntry
from tests.api.conftest import Api
from tests.countries import country_file
from tests.logs import Logged

__all__ = ["country_file"]
KEY = "KEY-AAAA-BBBB-CCCC"


def _texts(entry: LogEntry) -> str:
    return json.dumps(LogEntry.objects.filter(pk=entry.pk).values().get(), default=str)


@pytest.mark.spec("LOG-12", "SET-72", "LOG-09", "KEY-10")
@pytest.mark.parametrize("endpoint", ["verify", "get-license-key-details"])
def test_a_call_that_succeeds(api: Api, logged: Logged, endpoint: str) -> None:
    license = api.license(devices=["PC-1"])
    answer = api.post(endpoint, agent="Shop/1.0", license_key=KEY, identifier="PC-1")
    assert answer.status == 200
    (entry,) = logged()
    assert (entry.category, entry.action, entry.level, entry.message) == ("api", "api_call", 20, "")
    assert (entry.environment, entry.ip, entry.license_start) == ("production", "192.0.2.7", "KEY-AAAA")
    assert (entry.user_kind, entry.user_label, entry.key_start) == ("api_key", "Client", api.secret[:14])
    assert entry.user_id == str(api.key.uuid)
    assert (entry.resource_kind, entry.license_id) == ("license", license.pk)
    assert entry.request_id == answer.headers["x-request-id"]
    context = entry.context
    assert (context["endpoint"], context["method"], context["status"], context["code"]) == (
        endpoint, "POST", 200, answer.code)  # fmt: skip
    assert (context["user_agent"], context["response_size"]) == ("Shop/1.0", len(answer.body))
    assert context["request_size"] > 60
    assert context["milliseconds"] > 0
    assert entry.at.microsecond % 1000 or entry.at.microsecond
    assert KEY not in _texts(entry)
    assert api.secret not in _texts(entry)


@pytest.mark.spec("LOG-12", "SET-73", "LOG-09", "SET-76")
def test_a_call_that_fails_tells_why(api: Api, logged: Logged) -> None:
    api.post("verify", license_key="KEY-ZZZZ-ZZZZ-ZZZZ", identifier="ann@example.com", product_id=7)
    api.post("assign-license-key", license_key=KEY, email="not an address", password="hunter2-hunter2")
    unknown, wrong = logged()
    assert (unknown.category, unknown.level, unknown.message) == ("api", 30, "Invalid license key")
    # The dashboard leads to what it counts.
    assert (unknown.action, wrong.action) == ("verify_failed", "api_call")
    assert unknown.context["parameters"] == {
        "license_key": "KEY-ZZZZ…", "identifier": "[hidden]", "product_id": "7", "api_key": "[hidden]"}  # fmt: skip
    assert unknown.context["error"] == "Invalid license key"
    assert wrong.level == 30
    for entry in (unknown, wrong):
        for secret in ("ann@example.com", "ZZZZ-ZZZZ", "hunter2", "not an address", api.secret):
            assert secret not in _texts(entry)


@pytest.mark.spec("LOG-12", "SET-73")
def test_what_is_wrong_with_fields_is_told_in_words(api: Api, logged: Logged) -> None:
    api.post("create-license-keys", product_id="nope")
    (entry,) = logged()
    assert entry.context["field_errors"]["product_id"] == "The selected product id is invalid."


@pytest.mark.spec("LOG-05")
def test_devices_that_come_and_go(api: Api, logged: Logged) -> None:
    api.license()
    api.post("activate", license_key=KEY, identifier="PC-1")
    api.post("deactivate", license_key=KEY, identifier="PC-1")
    assert [entry.action for entry in logged()] == ["activate_license", "deactivate_license"]


@pytest.mark.spec("LOG-15")
def test_the_trail_names_a_program_by_its_uuid(api: Api) -> None:
    api.license()
    api.post("activate", license_key=KEY, identifier="PC-1")
    assert set(AuditEvent.objects.filter(actor_kind="api_key").values_list("actor_id")) == {(str(api.key.uuid),)}


@pytest.mark.spec("LOG-13", "SET-74", "SET-75")
@pytest.mark.parametrize("endpoint", ["verify", "get-license-key-details"])
def test_a_call_that_is_turned_away(api: Api, logged: Logged, endpoint: str) -> None:
    api.key.is_active = False
    api.key.save()
    api.post(endpoint, agent="Bot", license_key=KEY)
    api.key.is_active, api.key.ip_allow = True, ["203.0.113.0/24"]
    api.key.save()
    api.post(endpoint, license_key=KEY)
    api.key.ip_allow, api.key.rate_limit = [], 1
    api.key.save()
    api.post(endpoint, license_key=KEY)
    api.post(endpoint, license_key=KEY)
    revoked, foreign, *_, often = logged()
    blocked = [revoked, foreign, often]
    assert [entry.category for entry in blocked] == ["blocked"] * 3
    assert [entry.context["reason"] for entry in blocked] == [
        "API_KEY_REVOKED",
        "IP_BLOCKLISTED",
        "RATE_LIMIT_EXCEEDED",
    ]
    assert [entry.context["threat_score"] for entry in blocked] == [1, 2, 3]
    assert {entry.context["path"] for entry in blocked} == {f"/api/v1/{endpoint}"}
    assert (revoked.ip, revoked.context["user_agent"], revoked.key_start) == ("192.0.2.7", "Bot", api.secret[:14])


@pytest.mark.spec("LOG-13")
def test_the_country_of_a_blocked_call_is_told_where_it_is_known(api: Api, logged: Logged, country_file: Path) -> None:
    api.key.is_active = False
    api.key.save()
    api.post("verify", license_key=KEY)
    api.post_json("verify", b"{")
    assert [entry.context["country"] for entry in logged()] == ["DE", "DE"]


@pytest.mark.spec("LOG-13")
def test_what_cannot_be_read(api: Api, logged: Logged) -> None:
    api.post_json("verify", b"{")
    api.post_json("get-license-key-details", b"{")
    api.post("no-such-endpoint")
    one, other, unknown = logged()
    assert [one.context["reason"], other.context["reason"]] == ["MALFORMED_REQUEST"] * 2
    assert (one.context["rule"], one.context["path"]) == ("The request could not be read", "/v1/verify")
    assert (unknown.category, unknown.context["status"]) == ("api", 404)


@pytest.mark.spec("LOG-12")
def test_a_failure_of_ours_keeps_its_trace(api: Api, logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2-hunter2")

    monkeypatch.setattr("keyturn.api.verdicts.judge", broken)
    assert api.post("verify", license_key=KEY).status == 500
    (entry,) = logged()
    assert (entry.level, entry.context["error"]) == (40, "RuntimeError")
    assert "in broken" in entry.context["trace"]
    assert "hunter2" not in _texts(entry)


@pytest.mark.spec("LOG-14")
def test_a_log_that_cannot_be_written_refuses_nobody(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.license(devices=["PC-1"])
    monkeypatch.setattr("keyturn.platform.logs.writer.MOST", 0)
    assert api.post("verify", license_key=KEY, identifier="PC-1").status == 200


@pytest.mark.spec("LOG-12", "LOG-14")
def test_what_waits_to_be_written_holds_no_secret_and_nothing_large(api: Api, logged: Logged) -> None:
    api.license(KEY, devices=["pc"])
    for given in ({"license_key": KEY}, {"license_key": KEY, "identifier": "pc", "notes": "n" * 90_000}, {}):
        for endpoint in ("verify", "get-license-key-details"):
            api.post(endpoint, **given)
    waiting = repr([entry.args if isinstance(entry, partial) else entry for entry in writer._waiting])
    assert waiting.count("request_id=") == 6
    assert api.secret not in waiting
    assert KEY not in waiting
    assert len(waiting) < 20_000
