"""A worker inside the test."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from keyturn.platform.jobs import claims
from keyturn.platform.jobs.attempts import attempt
from keyturn.platform.jobs.heartbeat import Heartbeat
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.notifications.models import Waiting

LEASE = timedelta(seconds=60)
Work = Callable[[], int]


@pytest.fixture
def untold(db: None) -> None:
    """No job is queued for notifications, as if one were on its way: for tests that count jobs."""
    Waiting.objects.create(content=[], action="nothing")


@pytest.fixture
def work() -> Work:
    """Run what is due, as a worker would; how many attempts there were."""

    def drain() -> int:
        count = 0
        while (job := claims.claim(QUEUES, LEASE)) is not None:
            attempt(job, Heartbeat("test", QUEUES, LEASE))
            count += 1
        return count

    return drain
