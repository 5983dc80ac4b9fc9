"""Telemetry: everything is stored, what is wrong is told and flagged, and nobody changes it afterwards."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from keyturn.core import clock
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.licenses.models import License
from keyturn.licensing.releases.models import Release
from keyturn.licensing.telemetry import services
from keyturn.licensing.telemetry.models import TelemetryRecord
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import JS, SDK, Api, Verifier

NAMES = ("send-telemetry-data", "send-telemetry", "telemetry")
FLAGS = ("is_correct_format", "license_key_exists", "product_exists", "product_version_exists", "has_red_flags")


@pytest.fixture
def license(api: Api) -> License:
    preferences.set_value("telemetry.enabled", True)
    Entry.objects.create(product=api.product, version="2.0.1", summary="First")
    return api.license("KEY-1", devices=["PC-1"])


@pytest.fixture
def given(api: Api, license: License) -> dict[str, Any]:
    return {
        "product_id": api.product.pk,
        "product_version": "2.0.1",
        "license_key": "KEY-1",
        "activation_identifier": "PC-1",
        "user_identifier": "ada",
        "data_type": "numeric-single-value",
        "data_group": "cpu",
        "numeric_data_single_value": 41,
    }


def flags_of(record: TelemetryRecord) -> tuple[int, ...]:
    return tuple(int(getattr(record, name)) for name in FLAGS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.spec("API-54", "TEL-01", "TEL-03", "LCY-02")
def test_a_correct_record(
    api: Api, given: dict[str, Any], license: License, name: str, openssl: Verifier, public_pem: Any
) -> None:
    answer = api.post(name, agent="Editor/2", **given, hwid="PC-1", country="DE")
    openssl.document(answer, public_pem(api.product))
    assert (answer.status, answer.code, answer.json["response"]["errors"]) == (200, 830, [])
    record = TelemetryRecord.objects.get()
    assert flags_of(record) == (1, 1, 1, 1, 0)
    assert (record.product, record.license, record.customer) == (api.product, license, api.customer)
    assert (record.environment, record.product_version, record.license_key) == ("production", "2.0.1", "KEY-1")
    assert (record.activation_identifier, record.user_identifier) == ("PC-1", "ada")
    assert (record.data_type, record.data_group, record.data) == ("numeric-single-value", "cpu", "41")
    assert (record.ip, record.user_agent, record.reasons) == ("192.0.2.7", "Editor/2", [])
    received = json.loads(record.received)
    assert (received["hwid"], received["country"], "api_key" in received) == ("PC-1", "DE", False)


@pytest.mark.spec("API-54")
def test_the_sdks_answer(api: Api, given: dict[str, Any], openssl: Verifier, public_pem: Any) -> None:
    answer = api.post_json("send-telemetry", {**given, "flags": ["x"], "metadata": {"os": "linux"}}, agent=JS)
    body = openssl.sdk(answer, public_pem(api.product))
    record = TelemetryRecord.objects.get()
    assert (body["code"], body["success"], body["is_flagged"]) == (830, True, False)
    assert body["telemetry_id"] == str(record.uuid)
    assert json.loads(record.received)["metadata"] == {"os": "linux"}


@pytest.mark.parametrize(
    ("more", "data"),
    [
        ({"data_type": "numeric-xy-axis", "numeric_data_x": 1, "numeric_data_y": "2"}, '{"x":"1","y":"2"}'),
        ({"data_type": "text", "text_data": "started"}, "started"),
        ({"numeric_data_single_value": "-1.5e3"}, "-1.5e3"),
    ],
)
@pytest.mark.spec("API-54", "TEL-01")
def test_the_types_of_data(api: Api, given: dict[str, Any], more: dict[str, Any], data: str) -> None:
    assert api.post_json("send-telemetry-data", {**given, **more}).code == 830
    assert TelemetryRecord.objects.get().data == data


@pytest.mark.parametrize(
    ("more", "errors"),
    [
        ({"product_id": ""}, {"product_id": ["The product id field is required."]}),
        ({"product_id": "editor"}, {"product_id": ["The selected product id is invalid."]}),
        ({"product_version": None}, {"product_version": ["The product version field is required."]}),
        ({"license_key": ""}, {"license_key": ["The license key field is required."]}),
        ({"license_key": "x" * 300}, {"license_key": ["The selected license key is invalid."]}),
        ({"activation_identifier": ""}, {"activation_identifier": ["The activation identifier field is required."]}),
        ({"user_identifier": ""}, {"user_identifier": ["The user identifier field is required."]}),
        ({"data_group": ""}, {"data_group": ["The data group field is required."]}),
        ({"data_type": "xml"}, {"data_type": ["The selected data type is invalid."]}),
        ({"data_type": ["text"]}, {"data_type": ["The selected data type is invalid."]}),
        (
            {"numeric_data_single_value": "many"},
            {"numeric_data_single_value": ["The selected numeric data single value is invalid."]},
        ),
        (
            {"data_type": "numeric-xy-axis", "numeric_data_x": "nan"},
            {
                "numeric_data_x": ["The selected numeric data x is invalid."],
                "numeric_data_y": ["The numeric data y field is required."],
            },
        ),
        ({"data_type": "text", "text_data": "x" * 70_000}, {"text_data": ["The selected text data is invalid."]}),
    ],
)
@pytest.mark.spec("API-54", "TEL-02", "API-26")
def test_a_wrong_form_is_stored_and_told(
    api: Api, given: dict[str, Any], more: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    answer = api.post_json("send-telemetry-data", {**given, **more})
    assert (answer.status, answer.code, answer.json["response"]["errors"]) == (200, 831, errors)
    record = TelemetryRecord.objects.get()
    assert (record.is_correct_format, record.has_red_flags) == (False, True)
    assert len(record.data) <= 64 * 1024


@pytest.mark.spec("API-54", "TEL-02", "TEL-05")
def test_nothing_at_all_is_stored_too(api: Api, license: License) -> None:
    answer = api.post("telemetry", agent=SDK)
    assert (answer.code, answer.json["is_flagged"], answer.json["success"]) == (831, True, False)
    assert flags_of(TelemetryRecord.objects.get()) == (0, 0, 0, 0, 1)
    large = {f"field{number}": "x" * 1000 for number in range(300)}
    assert "request" in api.post_json("telemetry", large).json["response"]["errors"]
    assert len(TelemetryRecord.objects.latest("pk").received) == 256 * 1024


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"license_key": "NOBODYS"}, ["Invalid License"]),
        ({"license_key": ""}, ["Invalid License"]),
        ({"license_key": "STAGED"}, ["Environment Mismatch"]),
        ({"activation_identifier": "PC-2"}, ["Bypassed Activation"]),
        ({"activation_identifier": ""}, ["Bypassed Activation"]),
        ({"activation_identifier": "OLD"}, ["Bypassed Activation"]),
        ({"license_key": "REVOKED", "activation_identifier": "PC-9"}, ["Revoked License"]),
        ({"license_key": "OVER"}, ["Expired License"]),
        ({"license_key": "LATE"}, ["Expired License"]),
        ({"product_id": 999_999}, []),
        ({"product_version": "9.9"}, []),
    ],
)
@pytest.mark.spec("TEL-05", "LCY-02", "API-54")
def test_what_speaks_against_a_record(
    api: Api, given: dict[str, Any], license: License, change: dict[str, Any], reasons: list[str]
) -> None:
    staged = api.make_product("Staged", environment="staging")
    api.license("STAGED", environment="staging", product=staged)
    license.activations.create(environment="production", identifier="OLD", kind="hardware", status="inactive")
    api.license("REVOKED", devices=["PC-9"], status="revoked")
    api.license("OVER", devices=["PC-1"], status="expired")
    api.license("LATE", devices=["PC-1"], expires_at=clock.now() - timedelta(minutes=1))
    answer = api.post("send-telemetry-data", **{**given, **change})
    assert answer.status == 200
    record = TelemetryRecord.objects.get()
    assert (record.has_red_flags, record.reason_labels) == (True, reasons)


@pytest.mark.spec("TEL-05")
def test_a_release_makes_its_version_known(api: Api, given: dict[str, Any]) -> None:
    release = {"product": api.product, "environment": "production", "numeric_version": 3, "release_date": "2026-05-01"}
    assert Release.objects.create(version="3.0.0", **release)
    api.post("telemetry", **{**given, "product_version": "3.0.0"})
    assert not TelemetryRecord.objects.get().has_red_flags


@pytest.mark.spec("LCY-02")
def test_grace_counts(api: Api, given: dict[str, Any], license: License) -> None:
    preferences.set_value("licenses.grace_days", 3)
    License.objects.filter(pk=license.pk).update(expires_at=clock.now() - timedelta(days=1))
    assert api.post("telemetry", **given).code == 830
    assert not TelemetryRecord.objects.get().has_red_flags


@pytest.mark.spec("TEL-02")
def test_what_refuses_a_record(api: Api, given: dict[str, Any]) -> None:
    assert api.post("telemetry", **{**given, "api_key": "wrong"}).code == 100
    api.key.capabilities = ["verify"]
    api.key.save()
    assert api.post("telemetry", **given).code == 102
    api.key.capabilities = ["*"]
    api.key.save()
    preferences.set_value("telemetry.enabled", False)
    answer = api.post("telemetry", **given)
    assert (answer.status, answer.code) == (403, 150)
    assert not TelemetryRecord.objects.exists()


@pytest.mark.spec("API-55", "TEL-07")
def test_reading(api: Api, given: dict[str, Any], openssl: Verifier, public_pem: Any) -> None:
    for more in ({}, {"data_group": "ram"}, {"license_key": "WHOSE"}, {"product_version": "9"}, {"data_type": "y"}):
        assert api.post("telemetry", **{**given, **more}).status == 200
    answer = api.get("get-telemetry-data")
    openssl.document(answer, public_pem())
    rows = answer.json["response"]["data"]
    assert (answer.code, len(rows)) == (970, 5)
    first = rows[-1]
    assert {name: first[name] for name in FLAGS} == dict(zip(FLAGS, (1, 1, 1, 1, 0), strict=True))
    assert (first["license_key"], first["data"], first["product_id"]) == ("KEY-1", "41", api.product.pk)
    assert {"id", "user_identifier", "activation_identifier", "product_version", "created_at"} <= set(first)

    def count(**wanted: Any) -> int:
        return len(api.get("get-telemetry-data", **wanted).json["response"]["data"])

    assert [count(data_group="ram"), count(license_key="WHOSE"), count(product_version="9")] == [1, 1, 1]
    assert [count(license_key_exists=0), count(product_version_exists="false"), count(is_correct_format=0)] == [1, 1, 1]
    assert [count(has_red_flags=1), count(has_red_flags=0), count(user_identifier="ada")] == [3, 2, 5]
    assert [count(product_uuid=api.product.uuid), count(product_id=999_999), count(activation_identifier="x")] == [
        5,
        0,
        0,
    ]
    assert [count(data_type="y"), count(product_exists=0), count(per_page=2), count(per_page=2, page=3)] == [1, 0, 2, 1]
    body = api.get("get-telemetry-data", agent=JS, per_page=2).json
    assert (len(body["records"]), body["total"], body["success"]) == (2, 5, True)
    assert api.get("get-telemetry-data", per_page=1001).json["response"]["errors"]


@pytest.mark.spec("API-55")
def test_the_other_path_has_its_own_codes(api: Api, given: dict[str, Any]) -> None:
    nothing = api.get("get-telemetry").json["response"]
    assert (nothing["code"], nothing["message"]) == (902, "No telemetry data found")
    api.post("telemetry", **given)
    found = api.get("get-telemetry").json["response"]
    assert (found["code"], found["message"], len(found["data"])) == (900, "Telemetry data retrieved", 1)
    assert api.get("get-telemetry", agent=SDK).json["success"] is True
    assert api.get("get-telemetry", api_key="wrong").code == 100


@pytest.mark.spec("TEL-04")
def test_records_stay_as_they_are_and_where_they_are(api: Api, given: dict[str, Any], license: License) -> None:
    api.post("telemetry", **given)
    for change in ({"data": "42"}, {"has_red_flags": True}, {"environment": "staging"}, {"license_key": "K"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            TelemetryRecord.objects.update(**change)
    api.key.environment = "staging"
    api.key.save()
    assert api.get("get-telemetry-data").json["response"]["data"] == []
    license.delete()
    assert TelemetryRecord.objects.get().license_key == "KEY-1"


def test_a_deleted_customer_is_blanked(api: Api, given: dict[str, Any], license: License) -> None:
    api.post("telemetry", **given)
    api.post("telemetry", **{**given, "data_type": "text", "text_data": "Ada was here"})
    assert services.forget([license.pk]) == 2
    number, text = TelemetryRecord.objects.order_by("pk")
    assert (number.data, text.data) == ("41", "")
    assert not any((number.ip, number.user_agent, number.user_identifier, number.activation_identifier))
    assert not any((number.received, text.received))
