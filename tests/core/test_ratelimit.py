"""Counting requests across processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from keyturn.core.ratelimit import Counters

WORKER = """
import sys
from pathlib import Path
from keyturn.core.ratelimit import Counters
counters = Counters(Path(sys.argv[1]), clock=lambda: 1_000_000_020.0)
print(sum(counters.hit("key 1", 1000) == 0 for _ in range(500)))
"""


@pytest.mark.spec("KEY-15")
def test_parallel_processes_get_exactly_the_limit(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path / "counters")]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    allowed = [int(worker.communicate()[0]) for worker in workers]
    assert sum(allowed) == 1000


def test_a_new_minute_starts_at_zero(tmp_path: Path) -> None:
    at = [1_000_000_000.0]
    counters = Counters(tmp_path / "counters", clock=lambda: at[0])
    window_end = (1_000_000_000 // 60 + 1) * 60
    assert [counters.hit("a", 2) for _ in range(3)] == [0, 0, window_end - 1_000_000_000]
    assert counters.hit("b", 2) == 0
    at[0] = window_end + 0.5
    assert counters.hit("a", 2) == 0


def test_no_limit_counts_nothing(tmp_path: Path) -> None:
    counters = Counters(tmp_path / "counters")
    assert not any(counters.hit("a", 0) for _ in range(10))


def test_many_names_keep_apart(tmp_path: Path) -> None:
    counters = Counters(tmp_path / "counters", clock=lambda: 60.0)
    assert not any(counters.hit(f"ip {n}", 1) for n in range(20_000))
    assert all(counters.hit(f"ip {n}", 1) for n in range(20_000))
