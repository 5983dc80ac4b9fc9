"""A worker inside the test, and a machine with real processes."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from keyturn.platform.jobs import claims
from keyturn.platform.jobs.attempts import attempt
from keyturn.platform.jobs.heartbeat import Heartbeat
from keyturn.platform.jobs.kinds import QUEUES
from tests.platform.jobs.machine import Machine

LEASE = timedelta(seconds=60)


@pytest.fixture
def work() -> Callable[[], int]:
    """Run what is due, as a worker would; how many attempts there were."""

    def drain() -> int:
        count = 0
        while (job := claims.claim(QUEUES, LEASE)) is not None:
            attempt(job, Heartbeat("test", QUEUES, LEASE))
            count += 1
        return count

    return drain


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Fresh database, real processes; on the engine under test."""
    with Machine(tmp_path, os.environ.get("KEYTURN_TEST_DATABASE_URL", "")) as ready:
        yield ready
