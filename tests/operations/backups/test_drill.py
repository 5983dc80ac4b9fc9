"""The drill: back up while programs write, restore elsewhere, and run the product on it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.installation import Installation, Installations

SETUP = """
from datetime import timedelta
from keyturn.access.actors import system
from keyturn.core import clock
from keyturn.core.crypto import seal
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.operations.evidence import sealing
from keyturn.people.apikeys import services as apikeys
from keyturn.platform.preferences import services as preferences
preferences.set_value("api.per_ip", 0)
# Seals are set on what is older than a minute.
with clock.fixed(clock.now() - timedelta(hours=1)):
    _, secret = apikeys.create(system("test"), name="Shop", environment="production", rate_limit=0)
product = Product.objects.create(environment="production", name="Editor", slug="editor", key_bits=2048)
signing.ensure(str(product.uuid), 2048)
signing.ensure("installation", 2048)
sealing.seal_all()
print(secret, seal(b"sealed before"))
"""
# Licenses, devices, the devices that licenses count, and events of both kinds: all of one moment.
STATE = """
import json
from django.db.models import Sum
from keyturn.core.crypto import unseal
from keyturn.licensing.licenses.models import Activation, License
from keyturn.platform.audit.models import AuditEvent
print(json.dumps({
    "keys": sorted(License.objects.values_list("license_key", flat=True)),
    "devices": Activation.objects.count(),
    "counted": License.objects.aggregate(n=Sum("active_devices"))["n"],
    "created": AuditEvent.objects.filter(action="license.created").count(),
    "activated": AuditEvent.objects.filter(action="activation.created").count(),
    "sealed": unseal(%r).decode(),
}))
"""


def call(url: str, endpoint: str, secret: str, **params: str) -> int:
    """The response code of an API call."""
    request = Request(f"{url}/api/v1/{endpoint}", urlencode(params).encode(), {"Authorization": f"Bearer {secret}"})
    with urlopen(request) as answer:
        code: int = json.load(answer)["response"]["code"]
        return code


@contextmanager
def writers(url: str, secret: str) -> Iterator[list[str]]:
    """Two programs that make licenses and activate them; the keys whose activation was acknowledged."""
    done: list[str] = []
    stop = Event()

    def write(who: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            key = f"DRILL-{who}-{number:04}"
            made = call(
                url,
                "create-license-keys",
                secret,
                product_id="1",
                license_keys=json.dumps([key]),
                owner_email="ada@example.com",
                owner_name="Ada",
                validity="365",
                activation_limit="2",
                status="assigned",
            )
            assert made == 900
            assert call(url, "activate", secret, license_key=key, identifier="laptop") == 300
            done.append(key)

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(write, who) for who in (1, 2)]
        try:
            yield done
        finally:
            stop.set()
            for each in running:
                each.result()


def wait_for_more(done: list[str], number: int) -> None:
    target, patience = len(done) + number, Event()
    for _ in range(1200):
        if len(done) >= target:
            return
        patience.wait(0.05)
    raise AssertionError("the writers are stuck")


WORKER_AT_WORK = """
from keyturn.core.clock import now
from keyturn.platform.jobs.models import Worker
Worker.objects.create(name="vm:1", queues="high", started_at=now(), seen_at=now())
"""


def test_the_drill(installation: Installation, installations: Installations, tmp_path: Path) -> None:
    secret, sealed = installation.python(SETUP).split()
    (installation.folder / "files" / "releases").mkdir(parents=True)
    (installation.folder / "files" / "releases" / "1").write_bytes(b"release")
    (tmp_path / "passphrase").write_text("correct horse\n")
    words = ("--passphrase-file", str(tmp_path / "passphrase"))
    with installation.serve("web", "--workers", "1") as web, writers(web.url, secret) as done:
        wait_for_more(done, 5)
        before = list(done)
        installation.run("backup", str(tmp_path), *words, "--keep", "1")
        wait_for_more(done, 2)
    file = next(tmp_path.glob("keyturn-*.tar.gz"))

    with installations.fresh(empty=True) as elsewhere:
        assert "Restored the backup" in elsewhere.run("restore", str(file), *words).stdout
        state = json.loads(elsewhere.python(STATE % sealed))
        assert set(before) <= set(state["keys"]), "what was acknowledged before the backup is in it"
        assert state["devices"] == state["counted"] == state["activated"]
        assert len(state["keys"]) == state["created"]
        assert len(state["keys"]) - state["devices"] in (0, 1, 2), "each writer may have been between its two steps"
        assert len(state["keys"]) < len(done) + 2, "writing went on after it"
        assert state["sealed"] == "sealed before"
        assert (elsewhere.folder / "files" / "releases" / "1").read_bytes() == b"release"
        assert "1 seals are as they were recorded" in elsewhere.run("audit", "verify").stdout
        with elsewhere.serve("web", "--workers", "1") as web:
            assert call(web.url, "verify", secret, license_key=before[0], identifier="laptop") == 200
            assert call(web.url, "activate", secret, license_key=before[0], identifier="desktop") == 300
            assert json.load(urlopen(web.url + "/readyz"))["status"] == "ok"


def test_without_a_passphrase_the_keys_lie_beside(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    installation.python(WORKER_AT_WORK)
    installation.run("backup", str(file))
    installation.python("from keyturn.platform.jobs.models import Worker\nWorker.objects.all().delete()")
    assert (tmp_path / "b.tar.gz.keys").stat().st_mode & 0o077 == 0
    names = ("secret_key.txt", "encryption_keys.txt")
    kept = [(installation.folder / name).read_text() for name in names]
    for name in names:
        (installation.folder / name).unlink()
    installation.run("restore", str(file), "--replace")
    assert [(installation.folder / name).read_text() for name in names] == kept
    assert "none has ever run" in installation.run("doctor").stdout, "the workers of then are not at work now"
