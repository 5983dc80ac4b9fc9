"""Group commit: threads that meet share one transaction, and one bad entry costs only itself."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from keyturn.core import clock
from keyturn.core.db import Row, Statement
from keyturn.licensing.licenses.record import Entry, LogRow
from keyturn.licensing.licenses.recorder import Recorder
from tests.installation import Installation

THREADS = 8


class SlowDatabase:
    """Takes no write before every thread has come; refuses what holds the word bad."""

    vendor = "sqlite"

    def __init__(self) -> None:
        self.open = threading.Event()
        self.groups: list[int] = []

    def row(self, sql: str, values: Sequence[Any]) -> Row | None:
        raise AssertionError("nothing is read")

    def write(self, statements: Sequence[Statement]) -> None:
        self.open.wait(10)
        sql, values = statements[-1]
        if "bad" in values:
            raise ValueError("bad entry")
        self.groups.append(sql.count("(%s"))


def _entry(word: str) -> Entry:
    return Entry(LogRow(clock.now(), "production", word, 200, 200, 1, None, "", "127.0.0.1", "", 0))


def _run(recorder: Recorder, database: SlowDatabase, words: list[str]) -> dict[int, Exception]:
    failures: dict[int, Exception] = {}

    def keep(number: int, word: str) -> None:
        try:
            recorder.keep(_entry(word))
        except ValueError as failure:
            failures[number] = failure

    threads = [threading.Thread(target=keep, args=pair) for pair in enumerate(words)]
    threads[0].start()
    while not recorder._busy:
        pass
    for thread in threads[1:]:
        thread.start()
    while len(recorder._waiting) < len(words) - 1:
        pass
    database.open.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return failures


def test_those_who_wait_together_commit_together() -> None:
    database = SlowDatabase()
    recorder = Recorder(database)
    assert _run(recorder, database, ["verify"] * THREADS) == {}
    assert database.groups == [1, THREADS - 1]
    recorder.keep(_entry("verify"))
    assert database.groups[-1] == 1


def test_a_bad_entry_fails_alone() -> None:
    database = SlowDatabase()
    words = ["verify"] * THREADS
    words[3] = "bad"
    failures = _run(Recorder(database), database, words)
    assert list(failures) == [3]
    assert sum(database.groups) == THREADS - 1


@pytest.mark.spec("ACT-16")
def test_many_threads_lose_nothing_on_a_real_database(installation: Installation) -> None:
    printed = installation.python(
        """
import threading
from keyturn.access.actors import system
from keyturn.core import clock, db
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.facts import of_activation
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.licenses.record import Entry, LogRow
from keyturn.licensing.licenses.recorder import Recorder
from keyturn.licensing.products import services as products
from keyturn.platform.logs.models import RequestLog

me = system("test", "production")
product = products.create(me, name="Pro App")
generator = generators.create(me, product=product, name="Pro", activation_limit=10)
license = services.generate(me, generator, 1).licenses[0]
services.assign(me, license, "john@example.com")
for number in range(6):
    activations.activate(me, license, identifier=f"PC-{number}", kind="hardware")
devices = [of_activation(row) for row in Activation.objects.order_by("pk")]
recorders = [Recorder(db.direct()), Recorder(db.direct())]
start = clock.now()

def work(number):
    for round in range(50):
        device = devices[(number + round) % 6]
        row = LogRow(clock.now(), "production", "verify", 200, 200, 1, license.pk, "PRO", f"203.0.113.{number}", "", 1)
        recorders[number % 2].keep(Entry(row, device))

threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(RequestLog.objects.count(), Activation.objects.filter(last_verified_at__gt=start).count())
"""
    )
    assert printed == "400 6"
