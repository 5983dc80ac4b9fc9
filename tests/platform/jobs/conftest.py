"""A worker inside the test, and a machine with real processes."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from tests.installation import Installation
from tests.platform.jobs.machine import Machine

from keyturn.platform.jobs import claims
from keyturn.platform.jobs.attempts import attempt
from keyturn.platform.jobs.heartbeat import Heartbeat
from keyturn.platform.jobs.kinds import QUEUES

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
def machine(installation: Installation) -> Iterator[Machine]:
    """Real processes on a fresh installation, on the engine under test."""
    ready = Machine(installation)
    yield ready
    ready.stop()
