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


SIGN_IN = """
import pyotp
from keyturn.access.actors import system
from keyturn.core import crypto
from keyturn.people.customers import services as customers
from keyturn.people.signin import links, second_factor
john, _ = customers.find_or_create(system("test"), "john@example.com")
secret = second_factor.enrol(john).secret
second_factor.confirm(system("test"), john, pyotp.TOTP(secret).now())
codes = second_factor.renew_codes(system("test"), john)
from keyturn.people.signin.models import Authenticator
Authenticator.objects.update(last_step=0)
import json
from django.conf import settings
from pathlib import Path
tokens = [links.issue(john, links.Purpose.SIGN_IN)[0].partition("token=")[2] for _ in range(10)]
Path("shared.json").write_text(json.dumps([tokens, codes[:5], secret]))
"""


@pytest.mark.spec("CUS-30", "CUS-31", "PRF-06")
def test_a_link_a_code_and_the_last_attempts_are_used_by_one(installation: Installation) -> None:
    installation.python(SIGN_IN)
    shared = installation.folder / "shared.json"
    body = f"""
import pyotp
from datetime import UTC, datetime
from django.db import transaction
from keyturn.core import clock
from keyturn.people.customers.models import Customer
from keyturn.people.signin import links, second_factor, throttling
from keyturn.people.signin.refusals import SignInRefused
tokens, codes, secret = json.loads(Path({str(shared)!r}).read_text())
john, won = Customer.objects.get(), {{"links": 0, "totp": 0, "recovery": 0, "admitted": 0}}
for token in tokens:
    try:
        with transaction.atomic():
            links.use(links.look("customer", links.Purpose.SIGN_IN, token))
        won["links"] += 1
    except links.DeadLink:
        pass
at = datetime(2031, 1, 1, tzinfo=UTC)
with clock.fixed(at):
    won["totp"] = second_factor._accept_totp(john, pyotp.TOTP(secret).at(at))
for code in codes:
    won["recovery"] += second_factor._accept_recovery(john, code.replace("-", ""), "192.0.2.7")
for _ in range(10):
    try:
        throttling.admit("customer", "guessed@example.com", f"203.0.113.{{number}}")
        won["admitted"] += 1
    except SignInRefused:
        pass
print(json.dumps(won))
"""
    results: list[dict[str, int]] = _race(installation, 4, body)  # type: ignore[assignment]
    total = {name: sum(one[name] for one in results) for name in results[0]}
    assert (total["links"], total["totp"], total["recovery"]) == (10, 1, 5)
    assert 1 <= total["admitted"] <= 5


@pytest.mark.spec("NTF-11")
def test_parallel_workers_fold_what_waits_into_one_line(installation: Installation) -> None:
    installation.python("""
from keyturn.access.actors import system
from keyturn.people.admins import services
me = system("test", "production")
services.create(me, name="Mara", email="mara@keyturn.example", role="super_admin", password="Harbour seventeen")
""")
    body = """
from keyturn.platform.notifications import folding, intake
from keyturn.platform.notifications.notices import Notice
for round in range(5):
    intake.tell([Notice("license", "test", "License activated", subject=("product", str(number % 2)))] * 4)
    folding.fold()
print(json.dumps(round))
"""
    _race(installation, 3, body)
    answer = installation.python("""
import json
from keyturn.platform.notifications.models import Notification, Waiting
counts = sorted(Notification.objects.filter(title="License activated").values_list("count", flat=True))
print(json.dumps([counts, Waiting.objects.count()]))
""")
    assert json.loads(answer) == [[20, 40], 0]
