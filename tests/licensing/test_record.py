"""Requests that meet share a read and a commit; nobody gets what another asked, and nothing is lost."""

import pytest

from tests.installation import Installation


@pytest.mark.spec("ACT-16")
def test_many_threads_lose_nothing_on_a_real_database(installation: Installation) -> None:
    printed = installation.python(
        """
import threading
from keyturn.access.actors import system
from functools import partial
from keyturn.core import clock, db
from keyturn.core.together import Together
from keyturn.licensing.licenses import facts, record
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.facts import of_activation
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.licenses.record import Entry, LogRow
from keyturn.licensing.licenses.facts import Question
from keyturn.people.apikeys import services as apikeys
from keyturn.licensing.products import services as products
from keyturn.platform.logs.models import RequestLog

me = system("test", "production")
_, secret = apikeys.create(me, name="App", environment="production", capabilities=["verify"])
product = products.create(me, name="Pro App")
generator = generators.create(me, product=product, name="Pro", activation_limit=10)
license = services.generate(me, generator, 1).licenses[0]
services.assign(me, license, "john@example.com")
for number in range(6):
    activations.activate(me, license, identifier=f"PC-{number}", kind="hardware")
devices = [of_activation(row) for row in Activation.objects.order_by("pk")]
recorders = [Together(partial(record.write, db.direct())) for _ in range(2)]
readers = [Together(partial(facts.read_all, db.direct())) for _ in range(2)]
start = clock.now()
mixed = []

def work(number):
    for round in range(50):
        device = devices[(number + round) % 6]
        known = readers[number % 2].ask(Question(secret, license.license_key, device.identifier))
        nobody = readers[number % 2].ask(Question("wrong" if round % 2 else secret, "NO-KEY", None))
        if (known.device.id, nobody.license) != (device.id, None) or (nobody.key is None) != bool(round % 2):
            mixed.append((number, round))
        row = LogRow(clock.now(), "production", "verify", 200, 200, 1, license.pk, "PRO", f"203.0.113.{number}", "", 1)
        recorders[number % 2].ask(Entry(row, device))

threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(RequestLog.objects.count(), Activation.objects.filter(last_verified_at__gt=start).count(), mixed)
"""
    )
    assert printed == "400 6 []"
