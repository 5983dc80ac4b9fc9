"""The description of the API: complete, true to what is routed, and readable."""

import re

from django.test import Client
from openapi_spec_validator import validate

from keyturn.api.v1 import by_hand, openapi
from keyturn.api.v1.registry import ENDPOINTS
from tests.api.conftest import Api


def test_the_document_is_openapi_and_names_every_endpoint(client: Client, db: None) -> None:
    document = client.get("/api/v1/openapi.json").json()
    validate(document)
    assert document["openapi"] == "3.1.0"
    wanted = {(f"/{one.name}", one.method.lower()) for one in ENDPOINTS.values()}
    wanted |= {(f"/{name}", "post") for name in ("verify", "activate", "deactivate")}
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == wanted
    body = document["paths"]["/create-product"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["name"]
    assert body["properties"]["status"]["enum"] == ["active", "inactive"]
    shown = document["paths"]["/get-license-keys"]["get"]["parameters"]
    page = {"minimum": 1, "maximum": 2147483647, "type": "integer"}
    assert {"name": "page", "in": "query", "required": False, "schema": page} in shown


def test_what_is_read_by_hand_is_described_as_well(client: Client, db: None) -> None:
    shown = {one.name: one for one in openapi.described()}
    assert set(by_hand.MORE) <= set(ENDPOINTS)
    for name in ("access-downloadables", "get-license-file", "get-license-key-details", "delete-license-key-meta"):
        assert "hwid" in shown[name].fields["identifier"]["description"], name
    assert list(shown["create-license-key-meta"].fields) == ["license_key", "key", "identifier", "value"]
    assert "value" in shown["update-product-meta"].fields
    assert set(shown["assign-and-activate-license-key"].fields) >= {"identifier", "post_url", "metadata", "owner_name"}
    # The ten fields of 11.26; "all required" is true of a new contract.
    assert len(shown["create-contract"].required) == 10
    assert shown["update-contract"].fields.keys() == shown["create-contract"].fields.keys() | {"contract_id"}
    assert "contract_uuid" in shown["contracts/destroy"].fields["contract_id"]["description"]
    # A summary stands for itself, wherever in the alphabet its endpoint comes.
    assert not [one.summary for one in shown.values() if re.search(r"^The same|[A-Z]{3}-\d|`data`", one.summary)]
    assert [name for name, one in shown.items() if not one.fields] == []


def test_every_operation_is_answered_in_the_envelope(api: Api) -> None:
    """Nothing described is missing: no address is unknown, no 405, no 500, whatever little is sent."""
    document = openapi.document("https://licenses.example.com/api/v1")
    for path, methods in document["paths"].items():
        address = re.sub(r"\{\w+\}", "x", path).removeprefix("/")
        for method in methods:
            answer = api.get(address) if method == "get" else api.post(address)
            # Telemetry is off until somebody turns it on, and so is the public changelog.
            assert answer.status in (200, 401, 403, 404), (path, answer.status)
            assert answer.json["response"]["code"], path


def test_the_page_shows_endpoints_and_codes(client: Client, db: None) -> None:
    page = client.get("/api/docs").content.decode()
    for text in ("assign-license-key", "licenses/{license_key}/offline-file", "Valid license key", "openapi.json"):
        assert text in page
    assert client.post("/api/docs").status_code == 405
