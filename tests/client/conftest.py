"""A server with a product and licenses, and clients of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keyturn_client import Client, PublicKeys
from tests.installation import Installation, Installations

SETUP = """
import json
from keyturn.access.actors import system
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.people.apikeys import services as apikeys
from keyturn.people.customers.models import Customer
from keyturn.platform.preferences import services as preferences

names = ["verify", "activate", "deactivate"]
_, secret = apikeys.create(
    system("test"), name="Client", environment="production", rate_limit=0, capabilities=names)
preferences.set_value("api.per_ip", 0)
preferences.set_value("api.per_license", 0)
product = Product.objects.create(environment="production", name="Editor", slug="editor", key_bits=2048)
pair = signing.ensure(str(product.uuid), 2048)
signing.ensure("installation", 2048)
customer = Customer.objects.create(email="ada@example.com")
for number in range(30):
    License.objects.create(
        environment="production", product=product, customer=customer, status="assigned", activation_limit=1,
        license_key=f"EDITOR-2026-{number:04}", features={"export": True, "seats": 0})
print(json.dumps([secret, str(product.uuid), pair.public_pem]))
"""
ENDS = """
from datetime import datetime
from keyturn.licensing.licenses.models import License

License.objects.filter(license_key="KEY").update(expires_at=datetime.fromisoformat("AT"))
"""


class Clock:
    """A clock that stands wherever a test puts it; without that, it runs."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Server:
    """A running server; `client` makes a client of it with a state folder of its own."""

    installation: Installation
    url: str
    secret: str
    product: str
    keys: PublicKeys
    pem: str
    made: int = 0
    opened: list[Client] = field(default_factory=list)

    def license(self, *, ends: datetime | None = None) -> str:
        """The key of a license of Ada's that nobody has used: one device, never expires unless `ends` is given."""
        key = f"EDITOR-2026-{self.made:04}"
        self.made += 1
        if ends:
            self.installation.python(ENDS.replace("KEY", key).replace("AT", ends.isoformat()))
        return key

    def client(self, folder: Path, **given: Any) -> Client:
        """A client; `given` replaces what it is built with."""
        usual = {
            "url": self.url,
            "api_key": self.secret,
            "product": self.product,
            "public_keys": self.keys,
            "app": "com.example.editor",
            "state_folder": folder,
            "identifier": "pc-1",
        }
        made = Client(**{**usual, **given})
        self.opened.append(made)
        return made


@pytest.fixture(scope="package")
def server(installations: Installations) -> Iterator[Server]:
    with installations.fresh() as installation:
        secret, product, pem = json.loads(installation.python(SETUP))
        with installation.serve("web", "--workers", "1") as process:
            found = Server(installation, process.url, secret, product, PublicKeys.from_pem(pem), pem)
            yield found
            for client in found.opened:
                client.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Connect = Callable[..., Client]


@pytest.fixture
def connect(server: Server, tmp_path: Path, clock: Clock) -> Connect:
    """A client of the server, with the folder and the clock of this test."""

    def make(**given: Any) -> Client:
        return server.client(tmp_path / "state", **{"now": clock, **given})

    return make
