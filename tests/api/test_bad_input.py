"""Nonsense is answered, never a server fault, and leaves nothing behind."""

import json
import logging
import time
from io import BytesIO
from typing import Any

import pytest

from keyturn.api.gate import Gate
from keyturn.core.db import Shared
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.products.models import Product
from keyturn.platform.logs.models import RequestLog
from tests.api.conftest import SDK, Api

KEY = "KEY-AAAA-BBBB-CCCC"
HOT = ["verify", "activate", "deactivate"]
POSTS = [
    *HOT,
    "create-product",
    "generate",
    "create-license-keys",
    "assign-license-key",
    "assign-and-activate-license-key",
    "get-license-key-details",
]
NASTY = [
    "x" * 5000,
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\u2028",
    "' OR 1=1 --",
    "%s %d {}",
    "💥",
    10**30,
    -1,
    1.5,
    True,
    [],
    {},
    [1],
    {"a": {"b": 1}},
]

MALFORMED = [
    b"{",
    b"[1]",
    b'"x"',
    b"{'a':1}",
    b'{"a":NaN}',
    b"\xff\xfe",
    b'{"a":' * 100_000,
    b'{"a":' + b"9" * 9000 + b"}",
]


def _state() -> list[int]:
    return [model.objects.count() for model in (Product, License, Activation)]


@pytest.mark.parametrize("endpoint", POSTS)
@pytest.mark.spec("API-22", "API-11")
def test_nasty_values_everywhere(api: Api, endpoint: str) -> None:
    api.license(devices=["pc"])
    before = _state()
    good = {"license_key": KEY, "identifier": "pc", "product_id": api.product.pk, "name": "Player", "description": "x"}
    if endpoint in ("activate", "deactivate", "create-product", "verify"):
        good.pop("identifier")
    more = ("identifier", "generator_id", "quantity", "license_keys", "licenses", "owner_email", "features")
    for name in dict.fromkeys((*good, *more)):
        for index, value in enumerate(NASTY):
            answer = api.post_json(endpoint, {**good, name: value}, agent=SDK if index % 2 else "")
            assert answer.status == 200, (name, value, answer.body)
            assert answer.headers["content-type"] == "application/json"
    after = _state()
    assert after[1] == before[1]
    # Emoji and quotes are names like any other; a device may be called that, too.
    assert after[0] >= before[0]


@pytest.mark.parametrize("endpoint", ["verify", "create-product"])
@pytest.mark.parametrize(
    "body",
    [b"{", b"[1]", b'"x"', b"{'a':1}", b'{"a":NaN}', b"\xff\xfe", b'{"a":' * 100_000, b'{"a":' + b"9" * 9000 + b"}"],
)
@pytest.mark.spec("API-22")
def test_malformed_json(api: Api, endpoint: str, body: bytes) -> None:
    answer = api.post_json(endpoint, body)
    assert answer.status == 400
    assert answer.json["error"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("endpoint", ["verify", "create-product"])
def test_other_bodies(api: Api, endpoint: str) -> None:
    path = f"/v1/{endpoint}"
    broken = api.send("POST", path, b"--x\r\nnonsense", kind="multipart/form-data; boundary=x")
    assert broken.status in (400, 401)
    assert api.send("POST", path, b"a", kind="multipart/form-data").status == 400
    assert api.send("POST", path, b"<xml/>", kind="text/xml").code == 100
    assert api.send("POST", path, b"&".join(b"a=1" for _ in range(5000))).status == 400
    assert api.send("POST", path, b"x" * 100, CONTENT_ENCODING="gzip").status == 415
    large = api.send("POST", path, b"a=" + b"x" * 10_000_000)
    assert (large.status, large.json["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.spec("API-03", "API-05")
def test_every_encoding(api: Api) -> None:
    api.license(devices=["pc"])
    fields = {"api_key": api.secret, "license_key": KEY, "identifier": "pc"}
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    bodies = [
        (parts.encode() + b"--x--\r\n", "multipart/form-data; boundary=x"),
        (json.dumps(fields).encode(), "application/json; charset=utf-8"),
        (json.dumps(fields).encode(), ""),
        (json.dumps(fields).encode(), "text/plain"),
        ("&".join(f"{k}={v}" for k, v in fields.items()).encode(), ""),
    ]
    for body, kind in bodies:
        assert api.send("POST", "/v1/verify", body, kind=kind).code == 200
        assert api.send("POST", "/v1/get-license-key-details", body, kind=kind).code == 500
    assert api.post_json("verify", {**fields, "license_key": None, "entitlement_key": KEY}).code == 200
    assert (
        api.send("POST", "/v1/verify", b"license_key=" + KEY.encode(), query=f"api_key={api.secret}&hwid=pc").code
        == 200
    )


@pytest.mark.spec("API-22")
def test_unknown_addresses_and_methods(api: Api) -> None:
    for path in ("/api/v1/nothing", "/v1/", "/v1", "/api", "/api/v2/verify", "/api/v1/verify/more"):
        answer = api.send("POST", path)
        assert answer.status == 404
        assert answer.json["error"]["code"] == "NOT_FOUND"
    for method, path, allowed in [
        ("GET", "/v1/verify", "POST"),
        ("PUT", "/v1/licenses/activate", "POST"),
        ("DELETE", "/v1/create-product", "POST"),
        ("POST", "/v1/get-all-products", "GET"),
        ("OPTIONS", "/api/v1/generate", "POST"),
    ]:
        answer = api.send(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)
        assert answer.json["error"]["code"] == "METHOD_NOT_ALLOWED"


def test_an_unusable_identifier_matches_nothing(api: Api) -> None:
    api.license(devices=["pc"])
    for identifier in ("x" * 256, "a\u0007b"):
        for agent in ("", SDK):
            asked = {name: api.post(name, license_key=KEY, identifier=identifier, agent=agent).code for name in HOT}
            assert asked == {"verify": 202, "activate": 215, "deactivate": 401}
    assert api.post("activate", license_key=KEY, identifier="x" * 255).code == 300


@pytest.mark.parametrize("endpoint", ["verify", "get-all-products"])
def test_a_fault_is_json_and_tells_nothing(
    api: Api, endpoint: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the reason")

    monkeypatch.setattr("keyturn.api.envelope.render", fail)
    with caplog.at_level(logging.INFO):
        answer = api.post(endpoint, license_key=KEY) if endpoint == "verify" else api.get(endpoint)
    assert answer.status == 500
    assert answer.json["error"]["code"] == "SERVER_ERROR"
    assert "reason" not in answer.body.decode()
    assert "the reason" in caplog.text
    assert KEY not in caplog.text
    assert api.secret not in caplog.text


@pytest.mark.spec("LIC-31")
def test_logs_hold_only_the_start_of_a_key(api: Api) -> None:
    api.license(devices=["pc"])
    api.post("verify", license_key=KEY, identifier="pc")
    api.post("get-license-key-details", license_key=KEY, identifier="pc")
    rows = list(RequestLog.objects.values())
    assert {row["key_start"] for row in rows} == {"KEY-AAAA"}
    assert KEY not in str(rows)


@pytest.mark.spec("LIC-31")
def test_addresses_with_a_key_stay_out_of_the_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert api.send("GET", f"/v1/licenses/{KEY}/features/export").status == 401
        assert api.send("GET", f"/v1/licenses/{KEY}/unknown/export").status == 404
        assert api.get("generate", license_key=KEY).status == 405
    assert KEY not in caplog.text


@pytest.mark.spec("API-02", "API-22")
def test_an_address_of_slashes_is_cheap(api: Api) -> None:
    began = time.process_time()
    assert api.send("GET", "/v1/a" + "/" * 60_000 + "x").status == 404
    assert api.send("POST", "/v1/verify" + "/" * 60_000).code == 100
    assert api.send("GET", "/v1/download/t/k/i" + "/" * 60_000 + "x").status == 404
    assert time.process_time() - began < 2


@pytest.mark.spec("DLD-12")
@pytest.mark.django_db
def test_a_piece_of_an_upload_passes_unread() -> None:
    body = BytesIO(b"x" * 8 * 1024 * 1024)
    seen: list[int] = []

    def django(environ: dict[str, Any], start: Any) -> list[bytes]:
        seen.append(body.tell())
        return [environ["wsgi.input"].read(3)]

    asked = {"REQUEST_METHOD": "POST", "PATH_INFO": "/admin/downloadables/uploads/1", "wsgi.input": body}
    gate = Gate(django, Shared())
    assert gate({**asked, "CONTENT_LENGTH": str(8 * 1024 * 1024)}, lambda *_: None) == [b"xxx"]
    body.seek(0)
    # What is as small as a form is read at once: a refusal then finds nobody still sending.
    assert gate({**asked, "CONTENT_LENGTH": "5"}, lambda *_: None) == [b"xxx"]
    assert seen == [0, 5]


def test_request_ids(api: Api) -> None:
    for path in ("/v1/verify", "/v1/generate", "/v1/nothing"):
        assert api.send("POST", path, X_REQUEST_ID="abc-1").headers["x-request-id"] == "abc-1"
        made = api.send("POST", path, X_REQUEST_ID="no spaces allowed").headers["x-request-id"]
        assert len(made) == 36
    assert set(RequestLog.objects.filter(request_id="abc-1").values_list("endpoint", flat=True)) == {
        "verify",
        "generate",
    }


@pytest.mark.spec("API-22")
@pytest.mark.parametrize("path", ["/api/v1/no\nthing", "/v1/verify\n", "/api/v1/licenses/a\nb/features/c", "/api/\n"])
def test_an_address_with_a_line_break_is_answered_in_json(api: Api, path: str) -> None:
    answer = api.send("GET", path, query=f"api_key={api.secret}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json
