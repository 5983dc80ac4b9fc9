"""What must hold when several processes do the same thing at the same moment."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.installation import Installation

PREPARE = """
from keyturn.access.actors import system
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services
from keyturn.licensing.products import services as products
me = system("test", "production")
product = products.create(me, name="Pro App")
generator = generators.create(me, product=product, name="Pro", activation_limit=5)
services.generate(me, generator, 40)
"""

# Every process gets ready, says so, and goes at the same moment.
RACE = """
import json, os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "keyturn.config.settings"
import django; django.setup()
from pathlib import Path
from django.db import connection
from keyturn.access.actors import system
from keyturn.core.errors import KeyturnError
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
number, gate = int(sys.argv[1]), Path(sys.argv[2])
rows = list(License.objects.order_by("pk"))
connection.ensure_connection()
Path(f"{gate}.{number}").touch()
while not gate.exists():
    time.sleep(0.001)
"""


def _race(installation: Installation, processes: int, body: str) -> list[object]:
    """Run `body` in several processes at once; what each printed as JSON."""
    gate = installation.folder / "gate"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", RACE + body, str(number), str(gate)],
            env=installation.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    deadline = time.monotonic() + 60
    while not all(Path(f"{gate}.{number}").exists() for number in range(processes)):
        assert time.monotonic() < deadline, "the processes did not get ready"
        time.sleep(0.005)
    gate.touch()
    results = []
    for process in running:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        results.append(json.loads(out))
    return results


@pytest.mark.spec("CUS-21", "CUS-20")
def test_parallel_first_assignments_to_one_address_make_one_customer(installation: Installation) -> None:
    installation.python(PREPARE)
    body = """
me = system("test", "production")
for round in range(10):
    # Each process spells the address its own way.
    address = f"new{round}@email.com"
    services.assign(me, rows[round * 4 + number], address.upper() if number % 2 else address)
print(json.dumps("done"))
"""
    assert _race(installation, 4, body) == ["done"] * 4
    counted = installation.python(
        "from keyturn.people.customers.models import Customer\n"
        "from keyturn.platform.audit.models import AuditEvent\n"
        "print(sorted(c.licenses.count() for c in Customer.objects.all()), "
        "AuditEvent.objects.filter(action='customer.created').count())"
    )
    assert counted == f"{[4] * 10} 10"


@pytest.mark.spec("LCY-23", "LCY-10")
def test_one_license_wanted_by_several_goes_to_one(installation: Installation) -> None:
    installation.python(PREPARE)
    body = """
me = system("test", "production")
won = 0
for row in rows[:20]:
    try:
        services.assign(me, row, f"customer{number}@email.com")
        won += 1
    except KeyturnError:
        pass
print(json.dumps(won))
"""
    won = _race(installation, 4, body)
    assert sum(won) == 20  # type: ignore[arg-type]
    events = installation.python(
        "from keyturn.platform.audit.models import AuditEvent\n"
        "print(AuditEvent.objects.filter(action='license.assigned').count(), "
        "AuditEvent.objects.filter(action='license.transition_refused').count())"
    )
    assert events == "20 60"


@pytest.mark.spec("LCY-21")
def test_parallel_revocations_have_one_effect(installation: Installation) -> None:
    installation.python(PREPARE)
    body = """
me = system("test", "production")
for row in rows[:20]:
    services.revoke(me, row)
services.revoke_many(me, rows[20:])
print(json.dumps(License.objects.filter(status="revoked").count()))
"""
    assert _race(installation, 3, body) == [40, 40, 40]
    events = installation.python(
        "from keyturn.platform.audit.models import AuditEvent\n"
        "print(AuditEvent.objects.filter(action='license.revoked').count())"
    )
    assert events == "40"


@pytest.mark.spec("ADM-05", "ADM-06")
def test_of_super_admins_who_demote_each_other_one_is_left(installation: Installation) -> None:
    installation.python(
        "from keyturn.access.actors import system\n"
        "from keyturn.people.admins import services\n"
        "for name in 'abc':\n"
        "    services.add(system(), name=name, email=f'{name}@example.com', role='super_admin')"
    )
    body = """
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
everybody = list(Admin.objects.order_by("pk"))
me = admins.actor_of(everybody[number])
done = 0
for other in everybody:
    try:
        if number == 2:
            admins.delete(me, other)
        else:
            admins.update(me, other, name=other.name, role="viewer", is_active=True, require_2fa=False)
        done += 1
    except KeyturnError:
        pass
print(json.dumps(done))
"""
    done = _race(installation, 3, body)
    left = "from keyturn.people.admins.models import Admin; print(Admin.objects.can_run_everything().count())"
    assert int(installation.python(left)) >= 1
    assert sum(done) >= 2  # type: ignore[arg-type]
