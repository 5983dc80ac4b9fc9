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
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import CharField

from keyturn.core.clock import now
from keyturn.core.db import Database, Row, as_kept, direct
from keyturn.core.text import storable
from keyturn.platform.logs.lines import DEBUG, SWITCHES, WARNING, Line
from keyturn.platform.logs.models import Category, LogEntry
from keyturn.platform.preferences import services as preferences

log = logging.getLogger(__name__)
# Entries that may wait; beyond that the database is in trouble, and memory counts for more.
MOST: Final = 20_000
_PAUSE, _RETRY, _PATIENCE = 0.2, 2.0, 10
# Rows a transaction: on SQLite nobody else can write meanwhile.
_SLICE: Final = 200
_LENGTHS: Final = {one.name: one.max_length for one in LogEntry._meta.local_fields if isinstance(one, CharField)}
_TEXTS: Final = tuple(one.name for one in fields(Line) if one.name in _LENGTHS)
_COLUMNS: Final = (*_TEXTS, "level", "license_id", "uuid", "at", "context")
_texts = attrgetter(*_TEXTS)
_limits: Final = tuple(_LENGTHS[name] for name in _TEXTS)
_encode: Final = json.JSONEncoder(default=str, separators=(",", ":")).encode

# What is to be written, or what makes it.
Entry = Line | Callable[[], Line]
_waiting: deque[Entry] = deque()
_news = threading.Event()
_over = threading.Event()
_starting = threading.Lock()
_writing = threading.Lock()
_thread: tuple[int, threading.Thread] | None = None
_lost = 0


def emit(line: Entry) -> None:
    """Log a line soon, if its switch is on by then. Returns at once; never raises.

    A function is called later, by the thread that writes.
    """
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


def after_commit(line: Entry) -> None:
    """As `emit`, once the present transaction has happened; never when it is undone."""
    transaction.on_commit(lambda: emit(line))


def flush(database: Database) -> int:
    """Write what waits; how many rows. Raises what the database raises, and then everything still waits."""
    with _writing:
        return _flush(database)


def forget() -> None:
    """Drop what waits, and the count of what was lost. For tests."""
    global _lost
    _waiting.clear()
    _lost = 0


def _flush(database: Database) -> int:
    global _lost
    taken, count = [_waiting.popleft() for _ in range(len(_waiting))], 0
    lost, _lost = _lost, 0
    if lost:
        note = "Log entries were lost: too many waited"
        taken.append(Line(Category.SYSTEM, "log_entries_lost", WARNING, note, context={"count": lost}))
    rest: Sequence[Entry] = taken
    try:
        rest = lines = _switched_on(_made(taken))
        count = len(lines)
        _score([line for line in lines if line.category == Category.BLOCKED])
        as_time = as_kept(database.vendor)
        for start in range(0, count, _SLICE):
            rest = lines[start:]
            database.insert("log_entries", _COLUMNS, [_row(line, as_time) for line in rest[:_SLICE]])
        rest = ()
    finally:
        # After a failure, what is not written yet waits again.
        _waiting.extendleft(reversed(rest))
    return count


def _made(entries: Sequence[Entry]) -> list[Line]:
    lines = []
    for entry in entries:
        try:
            lines.append(entry if isinstance(entry, Line) else entry())
        except Exception:
            # One that cannot be put into words must not keep the others for ever.
            log.exception("A log entry could not be made.")
    return lines


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


def _row(line: Line, as_time: Callable[[datetime], Any]) -> Row:
    texts = _texts(line)
    # Nearly all are plain; looking once at all of them is quicker than at each.
    together = "".join(texts)
    if not together.isascii() or "\0" in together:
        texts = tuple(map(storable, texts))
    cut = [text[:limit] for text, limit in zip(texts, _limits, strict=True)]
    context = _encode(line.context)
    if "\\u" in context:
        context = _encode(_storable(line.context))
    return (*cut, line.level, line.license_id, line.uuid, as_time(line.at), context)


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
                _drop(_SLICE)
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
