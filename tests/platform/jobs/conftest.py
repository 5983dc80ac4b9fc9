"""A machine with real processes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.jobs.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Fresh database, real processes; on the engine under test."""
    with Machine(tmp_path, os.environ.get("KEYTURN_TEST_DATABASE_URL", "")) as ready:
        yield ready
