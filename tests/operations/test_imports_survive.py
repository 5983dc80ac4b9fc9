"""Imports by real processes: killed in the middle, each row still becomes one license."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.installation import Installation

ROWS = 6000
SHOP = """
import io
from keyturn.access.actors import system
from keyturn.licensing.generators import services as generators
from keyturn.licensing.products import services as products
actor = system("test", "production")
product = products.create(actor, name="Pro App", key_bits=2048)
generators.create(actor, product=product, name="One year", type="chunk", prefix="PRO-", activation_limit=3)
"""
START = """
import io
from keyturn.access.actors import system
from keyturn.operations.imports import passes, services
actor = system("test", "production")
of = services.upload(actor, io.BytesIO(open({file!r}, "rb").read()), "keys.csv")
passes.check(of)
assert of.good == of.rows, [fault.reason for fault in of.faults.all()[:3]]
services.start(actor, of)
"""
STATE = """
import json
from collections import Counter
from keyturn.licensing.licenses.models import License
from keyturn.operations.imports.models import Import
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
of = Import.objects.order_by("pk").last()
orders = Counter(License.objects.filter(source="import").values_list("order_reference", flat=True))
print(json.dumps([of.status, of.done, of.good, len(orders), max(orders.values(), default=0), Customer.objects.count(),
    AuditEvent.objects.filter(action="license.created").count(),
    AuditEvent.objects.filter(action="license.imported").count(),
    list(License.objects.values_list("generator__generated", flat=True)[:1])]))
"""
RUNNING = """
from keyturn.operations.imports.models import Import
print(sum(Import.objects.filter(status="running").values_list("done", flat=True)))
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Rows without keys: whoever takes one twice, makes two licenses of it."""
    path = tmp_path / "keys.csv"
    lines = (f"Pro App,One year,person{number % 700}@example.com,#{number}" for number in range(ROWS))
    path.write_text("product,generator,email,order\n" + "\n".join(lines))
    return str(path)


def _state(installation: Installation) -> list[object]:
    found: list[object] = json.loads(installation.python(STATE))
    return found


def _wait(installation: Installation, done: int) -> list[object]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        state = _state(installation)
        if state[0] == "done" or int(str(state[1])) >= done:
            return state
    raise AssertionError(state)


def test_killed_workers_lose_and_repeat_nothing(installation: Installation, file: str) -> None:
    installation.python(SHOP)
    installation.python(START.format(file=file))
    quick = {"KEYTURN_JOB_LEASE_SECONDS": "2"}
    reached = 0
    for _ in range(2):
        with installation.worker(**quick) as worker:
            state = _wait(installation, reached + 100)
            os.killpg(worker.popen.pid, signal.SIGKILL)
            worker.popen.wait()
        assert state[0] == "running", "it was too quick to be killed in the middle"
        reached = int(str(_state(installation)[1]))
        assert 0 < reached < ROWS
    with installation.worker(**quick):
        _wait(installation, ROWS)
        deadline = time.monotonic() + 20
        while (state := _state(installation))[0] != "done" and time.monotonic() < deadline:
            time.sleep(0.2)
    assert state == ["done", ROWS, ROWS, ROWS, 1, 700, ROWS, 1, [ROWS]]


def test_the_command_goes_on_where_it_was_killed(installation: Installation, file: str) -> None:
    installation.python(SHOP)
    said = installation.run("import-licenses", file, "--dry-run").stdout
    assert "6,000 of 6,000 rows would be imported, 700 new customers" in said
    with installation.start("import-licenses", file) as process:
        while True:
            time.sleep(0.3)
            listed = installation.python(RUNNING)
            if int(listed) > 100:
                break
        os.killpg(process.popen.pid, signal.SIGKILL)
        process.popen.wait()
    assert _state(installation)[0] == "running"
    said = installation.run("import-licenses", file).stdout
    assert "Going on behind row" in said
    assert "6,000 of 6,000 rows imported" in said
    assert _state(installation) == ["done", ROWS, ROWS, ROWS, 1, 700, ROWS, 1, [ROWS]]


def test_the_command_says_what_is_wrong(installation: Installation, tmp_path: Path) -> None:
    installation.python(SHOP)
    path = tmp_path / "keys.csv"
    path.write_text("license_key\nA-1\nA-1\n")
    done = installation.run("import-licenses", str(path), "--product", "Pro App", check=False)
    assert done.returncode == 1
    assert "1 of 2 rows imported; 1 duplicates, 0 faulty." in done.stdout
    # Nothing of the log beside it.
    assert done.stderr.splitlines() == ["line 3: This license key exists already."]
    for words, text in (
        (("missing.csv",), "cannot be read"),
        ((str(path), "--product", "Nope"), "is no product “Nope”"),
    ):
        refused = installation.run("import-licenses", *words, check=False)
        assert refused.returncode == 1
        assert text in refused.stderr
