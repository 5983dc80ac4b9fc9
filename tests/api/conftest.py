"""The API as programs meet it: the gate and Django behind it, on the database of the test."""

import base64
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from keyturn.access.scope import Environment
from keyturn.api import blocks, gate, limits
from keyturn.api.gate import Gate
from keyturn.core import crypto
from keyturn.core.db import Shared
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import rsa
from keyturn.licensing.signing.models import INSTALLATION, KeyPair
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.preferences import services as preferences

SDK = "GetKeyManager-PHP-SDK/2.0.0"
JS = "GetKeyManager-JS-SDK/2.0.0"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def code(self) -> int:
        return self.json["response"]["code"]


@lru_cache(maxsize=8)
def pair(name: str) -> tuple[bytes, bytes]:
    """One key pair for all tests of a run: making them is slow."""
    return rsa.generate(2048)


class Api:
    """A client without a library: encodes, sends through the WSGI function, decodes."""

    def __init__(self, application: Gate) -> None:
        self.application = application
        self.secret = "kt_live_" + "s" * 40
        self.key = ApiKey.objects.create(
            name="Client",
            environment=Environment.PRODUCTION,
            key_hash=crypto.token_hash(self.secret),
            prefix=self.secret[:14],
            capabilities=["*"],
            rate_limit=0,
        )
        self.product = self.make_product("Editor")
        keep_pair(INSTALLATION, "installation")
        self.customer = Customer.objects.create(email="ada@example.com", name="Ada")

    def make_product(self, name: str, **more: Any) -> Product:
        product = Product.objects.create(
            **{"environment": Environment.PRODUCTION, "name": name, "slug": name.lower(), "key_bits": 2048, **more}
        )
        keep_pair(str(product.uuid), name, product.signing_algorithm)
        return product

    def license(self, key: str = "KEY-AAAA-BBBB-CCCC", *, devices: Sequence[str] = (), **more: Any) -> License:
        license = License.objects.create(
            **{
                "environment": Environment.PRODUCTION,
                "license_key": key,
                "product": self.product,
                "customer": None if more.get("status") == "available" else self.customer,
                "status": "active" if devices else "assigned",
                "activation_limit": 2,
                "active_devices": len(devices),
                **more,
            }
        )
        for device in devices:
            license.activations.create(environment=license.environment, identifier=device, kind="hardware")
        return license

    def post(self, name: str, /, *, agent: str = "", path: str = "/api/v1/", auth: bool = True, **given: Any) -> Answer:
        """A form, with the API key in it."""
        if auth:
            given.setdefault("api_key", self.secret)
        return self.send("POST", path + name, urlencode(given).encode(), agent=agent)

    def get(self, name: str, /, *, agent: str = "", **given: Any) -> Answer:
        return self.send("GET", "/api/v1/" + name, query=urlencode({"api_key": self.secret, **given}), agent=agent)

    def post_json(self, name: str, given: Any, *, agent: str = "", **headers: str) -> Answer:
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        headers.setdefault("AUTHORIZATION", f"Bearer {self.secret}")
        return self.send("POST", "/v1/" + name, body, kind="application/json", agent=agent, **headers)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: str = "",
        kind: str = "application/x-www-form-urlencoded",
        agent: str = "",
        ip: str = "192.0.2.7",
        **headers: str,
    ) -> Answer:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": ip,
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "HTTP_USER_AGENT": agent,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **{f"HTTP_{name}": value for name, value in headers.items()},
        }
        seen: list[Any] = []
        parts = self.application(environ, lambda status, headers, exc_info=None: seen.extend([status, headers]))
        content = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        return Answer(int(seen[0].split()[0]), {k.lower(): v for k, v in seen[1]}, content)


def keep_pair(holder: str, name: str, algorithm: str = "rsa-sha256") -> KeyPair:
    private, public = pair(name)
    return KeyPair.objects.create(
        holder=holder,
        bits=2048,
        algorithm=algorithm,
        public_pem=public.decode(),
        sealed_private=crypto.seal(private),
    )


@pytest.fixture
def api(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    settings.DATA_DIR = tmp_path
    # The connection holds the transaction of the test: nobody may close it between requests.
    monkeypatch.setattr(gate, "drop_dead", lambda: None)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    limits._counters.cache_clear()
    blocks._wrong_keys.cache_clear()
    preferences.forget()
    yield Api(Gate(WSGIHandler(), Shared()))
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    limits._counters.cache_clear()
    blocks._wrong_keys.cache_clear()
    preferences.forget()


class Verifier:
    """Checks signatures with the openssl command: none of our own code has a say in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, public_pem: str, message: bytes, signature: str, algorithm: str = "sha256") -> bool:
        (self.folder / "key.pem").write_text(public_pem)
        (self.folder / "message").write_bytes(message)
        (self.folder / "signature").write_bytes(base64.b64decode(signature, validate=True))
        command = ["openssl", "dgst", f"-{algorithm}", "-verify", "key.pem", "-signature", "signature", "message"]
        return subprocess.run(command, cwd=self.folder, capture_output=True).returncode == 0

    def document(self, answer: Answer, public_pem: str) -> None:
        """The document profile is exactly the four members, signed over response_base64."""
        body = answer.json
        assert list(body) == ["response", "response_base64", "private_key_used", "signature"]
        assert json.loads(base64.b64decode(body["response_base64"], validate=True)) == body["response"]
        assert self.check(public_pem, body["response_base64"].encode(), body["signature"])

    def sdk(self, answer: Answer, public_pem: str) -> dict[str, Any]:
        """The SDK profile: the text a client gets when it decodes, drops the signature and encodes again."""
        body = answer.json
        assert self.check(public_pem, reencoded(body), body["signature"])
        if answer.status == 200 and "data" in body:
            inner = body["data"]
            assert self.check(public_pem, reencoded(inner), inner["signature"])
            return inner
        return body


def reencoded(body: dict[str, Any]) -> bytes:
    """What PHP and JavaScript write for a decoded body without its signature; order as received."""
    rest = {name: value for name, value in body.items() if name != "signature"}
    return json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.fixture
def openssl(tmp_path: Path) -> Verifier:
    return Verifier(tmp_path)


@pytest.fixture
def public_pem() -> Any:
    """The PEM of a product or, without one, of the installation."""

    def read(product: Product | None = None) -> str:
        return KeyPair.objects.get(holder=str(product.uuid) if product else INSTALLATION).public_pem

    return read
