"""Writes log entries after the request that they describe: in batches, on a thread of their own.

`emit` costs an append to a list and never fails. What waits when a process is killed is lost, a fifth of
a second at most; an orderly end writes it first.
"""

import atexit
import json
import logging
import os
import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import CharField

from keyturn.core.clock import now
from keyturn.core.db import Database, direct
from keyturn.core.text import storable
from keyturn.platform.logs.lines import DEBUG, SWITCHES, WARNING, Line
from keyturn.platform.logs.models import Category, LogEntry
from keyturn.platform.preferences import services as preferences

log = logging.getLogger(__name__)
# Entries that may wait; beyond that the database is in trouble, and memory counts for more.
MOST: Final = 20_000
_PAUSE, _RETRY, _PATIENCE = 0.2, 2.0, 10
# So many rows a statement and no others: each size is a statement that the database keeps prepared.
_SIZES: Final = (64, 8, 1)
_COLUMNS: Final = tuple(one.name for one in fields(Line))
_INSERT: Final = f"INSERT INTO log_entries ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608
_LENGTHS: Final = {one.name: one.max_length for one in LogEntry._meta.local_fields if isinstance(one, CharField)}
_ROW: Final = f"({', '.join(['%s'] * len(_COLUMNS))})"

_waiting: deque[Line] = deque()
_news = threading.Event()
_over = threading.Event()
_starting = threading.Lock()
_writing = threading.Lock()
_thread: tuple[int, threading.Thread] | None = None
_lost = 0


def emit(line: Line) -> None:
    """Log a line soon, if its switch is on by then. Returns at once; never raises."""
    global _lost
    if len(_waiting) >= MOST:
        _lost += 1
        return
    _waiting.append(line)
    if settings.LOG_IN_BACKGROUND:
        if _thread is None or _thread[0] != os.getpid():
            _start()
        if not _news.is_set():
            _news.set()


def after_commit(line: Line) -> None:
    """As `emit`, once the present transaction has happened; never when it is undone."""
    transaction.on_commit(lambda: emit(line))


def flush(database: Database) -> int:
    """Write what waits; how many rows. Raises what the database raises, and then everything still waits."""
    with _writing:
        return _flush(database)


def forget() -> None:
    """Drop what waits. For tests."""
    _waiting.clear()


def _flush(database: Database) -> int:
    global _lost
    taken, count = [_waiting.popleft() for _ in range(len(_waiting))], 0
    lost, _lost = _lost, 0
    if lost:
        note = "Log entries were lost: too many waited"
        taken.append(Line(Category.SYSTEM, "log_entries_lost", WARNING, note, context={"count": lost}))
    rest: Sequence[Line] = taken
    try:
        rest = _switched_on(taken)
        count = len(rest)
        _score([line for line in rest if line.category == Category.BLOCKED])
        while rest:
            size = next(size for size in _SIZES if len(rest) >= size)
            part = rest[:size]
            insert = _INSERT + ", ".join([_ROW] * size)
            database.write([(insert, [value for line in part for value in _values(line, database.vendor)])])
            rest = rest[size:]
    finally:
        # After a failure, what is not written yet waits again.
        _waiting.extendleft(reversed(rest))
    return count


def _switched_on(lines: Sequence[Line]) -> list[Line]:
    if not lines:
        return []
    on = preferences.values(*SWITCHES)
    debugging = log.isEnabledFor(logging.DEBUG)
    return [line for line in lines if on.get(line.switch, True) and (line.level > DEBUG or debugging)]


def _score(blocked: Sequence[Line]) -> None:
    """Give each refusal the number of refusals of its address within a day, at most 100."""
    since, counts = now() - timedelta(hours=24), Counter[str]()
    for ip in {line.ip for line in blocked}:
        rows = LogEntry.objects.filter(ip=ip, at__gt=since, category=Category.BLOCKED)
        counts[ip] = rows.in_environments().order_by()[:100].count()
    for line in blocked:
        counts[line.ip] += 1
        line.context = {**line.context, "threat_score": min(counts[line.ip], 100)}


def _values(line: Line, vendor: str) -> list[Any]:
    return [_value(getattr(line, name), _LENGTHS.get(name), vendor) for name in _COLUMNS]


def _value(value: Any, length: int | None, vendor: str) -> Any:
    if isinstance(value, str):
        return storable(value)[:length]
    if isinstance(value, datetime):
        local = value.astimezone(UTC)
        # On SQLite spelled as Django does, whose texts are compared with it.
        return local if vendor == "postgresql" else str(local.replace(tzinfo=None))
    if isinstance(value, UUID):
        return str(value) if vendor == "postgresql" else value.hex
    return json.dumps(_storable(value), default=str) if isinstance(value, dict) else value


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(name)): _storable(one) for name, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value


def _start() -> None:
    global _thread
    with _starting:
        if _thread is not None and _thread[0] == os.getpid():
            return
        thread = threading.Thread(target=_run, name="log-writer", daemon=True)
        _thread = (os.getpid(), thread)
        thread.start()
        atexit.register(_end)


def _run() -> None:
    database, troubled = direct(), 0
    while not _over.is_set():
        _news.wait()
        # Those that come together are written together.
        _over.wait(_PAUSE)
        _news.clear()
        try:
            close_old_connections()
            flush(database)
            troubled = 0
        except Exception:
            troubled += 1
            if troubled == 1:
                log.exception("Log entries could not be written; trying again.")
            if troubled > _PATIENCE:
                # One that no database takes must not keep the others for ever.
                _drop(_SIZES[0])
            _over.wait(_RETRY)
            _news.set()


def _drop(count: int) -> None:
    global _lost
    for _ in range(min(count, len(_waiting))):
        _waiting.popleft()
        _lost += 1


def _end() -> None:
    _over.set()
    _news.set()
    if _thread is not None and _thread[0] == os.getpid():
        _thread[1].join(timeout=5)
