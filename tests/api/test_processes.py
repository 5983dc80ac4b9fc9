"""The API over real HTTP, with several server processes on the engine under test."""

import http.client
import json
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.installation import Installation, Installations

SETUP = """
from keyturn.access.actors import Actor, system
from keyturn.access.permissions import GRANTED, Role
from keyturn.core import clock, crypto
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.people.apikeys import services as apikeys
from keyturn.people.customers.models import Customer
from keyturn.platform.preferences import services as preferences

owner = Actor("admin", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
_, secret = apikeys.create(system("test"), name="Client", environment="production", rate_limit=0)
_, limited = apikeys.create(owner, name="Limited", environment="production", rate_limit=50)
preferences.set_value("api.per_ip", 0)
preferences.set_value("api.per_license", 0)
product = Product.objects.create(environment="production", name="Editor", slug="editor", key_bits=2048)
signing.ensure(str(product.uuid), 2048)
signing.ensure("installation", 2048)
customer = Customer.objects.create(email="ada@example.com")
for number in range(5):
    License.objects.create(environment="production", license_key=f"KEY-{number}", product=product, customer=customer,
                           status="assigned", activation_limit=5)
print(secret, limited)
"""
COUNT = """
from keyturn.licensing.licenses.models import License
from keyturn.platform.logs.models import RequestLog
from keyturn.platform.audit.models import AuditEvent
license = License.objects.get(license_key="KEY-NUMBER")
print(license.active_devices, license.activations.filter(status="active").count(),
      RequestLog.objects.filter(license_id=license.pk).count(),
      AuditEvent.objects.filter(action="activation.created", license_uuid=license.uuid).count(), license.status)
"""
GENERATOR = """
from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.licensing.generators import services as generators
from keyturn.licensing.products.models import Product

owner = Actor("admin", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
print(generators.create(owner, product=Product.objects.get(), name="Standard").pk)
"""
CONTRACT = """
from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.licensing.contracts import services as contracts
from keyturn.licensing.generators import services as generators
from keyturn.licensing.products.models import Product

owner = Actor("admin", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
product = Product.objects.get()
generator = generators.create(owner, product=product, name="Partner")
contracts.create(owner, product=product, contract_key="RESELLER", name="Reseller", quota=5, generator=generator)
"""
MADE = """
from keyturn.licensing.licenses.models import License
print(License.objects.filter(generator__isnull=False).count())
"""


@dataclass
class Client:
    """Plain HTTP/1.1 to one server; several processes answer behind it."""

    host: str
    secret: str
    limited: str
    installation: Installation

    def post(self, name: str, **given: str) -> int:
        body = urlencode({"api_key": self.secret, **given})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        code: int = self.send("POST", f"/v1/{name}", body, headers)[1]["response"]["code"]
        return code

    def counts(self, number: int) -> str:
        """Devices of license `number` by counter and by rows, requests about it, devices ever, state."""
        return self.installation.python(COUNT.replace("NUMBER", str(number)))

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body, headers or {}, **more)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def client(installations: Installations) -> Iterator[Client]:
    with installations.fresh() as installation:
        secrets = installation.python(SETUP).split()
        with installation.serve("web", "--workers", "3", "--threads", "4") as process:
            yield Client(urlsplit(process.url).netloc, *secrets, installation)


@pytest.mark.spec("LCY-23", "API-28", "ACT-13", "ACT-14")
def test_parallel_activations_never_exceed_the_limit(client: Client) -> None:
    with ThreadPoolExecutor(32) as pool:
        codes = Counter(pool.map(lambda n: client.post("activate", license_key="KEY-0", hwid=f"pc{n}"), range(200)))
    assert codes == {300: 5, 302: 195}
    assert client.counts(0) == "5 5 200 5 active"


@pytest.mark.spec("ACT-13", "API-28")
def test_parallel_activations_of_one_device_take_one_seat(client: Client) -> None:
    with ThreadPoolExecutor(32) as pool:
        codes = Counter(pool.map(lambda _: client.post("activate", license_key="KEY-1", hwid="pc"), range(100)))
    assert codes == {300: 1, 301: 99}
    assert client.counts(1) == "1 1 100 1 active"
    with ThreadPoolExecutor(32) as pool:
        codes = Counter(pool.map(lambda _: client.post("deactivate", license_key="KEY-1", hwid="pc"), range(50)))
    assert codes == {400: 1, 401: 49}
    assert client.counts(1) == "0 0 150 1 active"


@pytest.mark.spec("API-24")
def test_parallel_duplicates_wait_and_get_the_same_answer(client: Client) -> None:
    generator = client.installation.python(GENERATOR)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "order-1"}

    def send(path: str, **given: str) -> tuple[int, str]:
        status, body = client.send("POST", path, urlencode({"api_key": client.secret, **given}), kind)
        return status, json.dumps(body)

    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: send("/v1/generate", generator_id=generator, quantity="3"), range(16)))
        activated = set(pool.map(lambda _: send("/v1/activate", license_key="KEY-4", hwid="pc"), range(16)))
    assert len(made) == 1
    assert len(activated) == 1
    assert json.loads(activated.pop()[1])["response"]["code"] == 300
    assert client.counts(4).startswith("1 1 ")
    assert client.installation.python(MADE) == "3"


@pytest.mark.spec("API-53", "CON-32")
def test_parallel_generation_never_exceeds_a_quota(client: Client) -> None:
    client.installation.python(CONTRACT)
    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(lambda _: client.post("contracts/generate", contract_key="RESELLER"), range(24)))
    assert codes == {1300: 5, 1205: 19}


@pytest.mark.spec("API-04", "API-01", "API-22")
def test_framing(client: Client) -> None:
    given = {"api_key": client.secret, "license_key": "KEY-2", "identifier": "pc"}
    pieces = [piece.encode() for piece in json.dumps(given)]
    kind = {"Content-Type": "application/json", "User-Agent": "GetKeyManager-JS-SDK/2.0.0"}
    for path, code in (("/v1/activate", 300), ("/api/v1/verify", 200), ("/api//v1/get-license-key-details/", 500)):
        status, body = client.send("POST", path, iter(pieces), kind, encode_chunked=True)
        assert (status, body["response"]["code"]) == (200, code)
    for path in ("/v1/verify", "/v1/generate"):
        status, body = client.send("POST", path, b"a=" + b"x" * 10_000_000, kind)
        assert (status, body["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
        chunks = (b"x" * 100_000 for _ in range(100))
        status, body = client.send("POST", path, chunks, kind, encode_chunked=True)
        assert (status, body["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert client.send("GET", "/api/v1/get-all-products", None, {**kind, "X-API-Key": client.secret})[0] == 200
    assert client.send("GET", "/v1/verify")[0] == 405
    assert client.send("GET", "/v1/nothing")[0] == 404


def test_a_broken_request_does_not_harm_the_next(client: Client) -> None:
    host, _, port = client.host.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf")
    assert client.post("verify", license_key="KEY-3", identifier="pc") == 202


@pytest.mark.spec("KEY-15", "API-23")
def test_the_limit_of_a_key_holds_over_all_processes(client: Client) -> None:
    def ask(_: int) -> int:
        return client.post("verify", api_key=client.limited, license_key="KEY-3", identifier="pc")

    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(ask, range(200)))
    # A minute may end while the test runs.
    assert codes[202] in (50, 100)
    assert codes[150] == 200 - codes[202]
