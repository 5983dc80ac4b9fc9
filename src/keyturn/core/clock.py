"""The only source of the current time, so that tests can move it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The current moment, timezone-aware, in UTC."""
    return _source()


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Stop the clock of this process at `at`. For tests."""
    global _source
    before, _source = _source, lambda: at
    try:
        yield
    finally:
        _source = before
