"""A machine with real processes."""

from collections.abc import Iterator

import pytest
from tests.installation import Installation
from tests.platform.jobs.machine import Machine


@pytest.fixture
def machine(installation: Installation) -> Iterator[Machine]:
    """Real processes on a fresh installation, on the engine under test."""
    ready = Machine(installation)
    yield ready
    ready.stop()
