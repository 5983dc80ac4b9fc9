"""The request under way, for whatever is logged about it; kept by a middleware, read without a request at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from keyturn.core import crypto


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks from where. `session` is the start of a hash: it tells sessions apart and opens none."""

    ip: str = ""
    user_agent: str = ""
    session: str = ""
    request_id: str = ""
    method: str = ""
    path: str = ""


NOBODY = Visit()
_current: ContextVar[Visit] = ContextVar("visit", default=NOBODY)


def current() -> Visit:
    """The visit under way; an empty one in jobs and commands."""
    return _current.get()


@contextmanager
def during(visit: Visit) -> Iterator[None]:
    """Make `visit` the current one."""
    token = _current.set(visit)
    try:
        yield
    finally:
        _current.reset(token)


def mark(token: str) -> str:
    """What is kept of the session that `token` opens."""
    return crypto.token_hash(token)[:12] if token else ""


def note_session(token: str) -> None:
    """The visit under way has just begun the session of `token`."""
    if current() is not NOBODY:
        _current.set(replace(current(), session=mark(token)))
