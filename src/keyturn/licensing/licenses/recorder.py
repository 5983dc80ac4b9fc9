"""One commit for the requests of a process that are in it at the same moment (group commit).

The first thread to arrive commits at once. Those that arrive meanwhile wait together, and the first of
them commits for all. Nobody is answered before his own request is safely kept; nothing is deferred.
"""

import threading
from dataclasses import dataclass, field

from keyturn.core.db import Database
from keyturn.licensing.licenses import record
from keyturn.licensing.licenses.record import Entry


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    # Opened by another thread: either the entry is kept, or it is this thread's turn to commit.
    turn: threading.Lock = field(default_factory=_closed)
    kept: bool = False
    failure: Exception | None = None


class Recorder:
    """Keeps requests through `database`; one for a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: list[_Waiting] = []

    def keep(self, entry: Entry) -> None:
        """Return when `entry` is committed. Raises what the database raised about it."""
        mine = _Waiting(entry)
        with self._lock:
            follows = self._busy
            self._busy = True
            if follows:
                self._waiting.append(mine)
        if follows:
            mine.turn.acquire()
        if not mine.kept:
            self._commit(mine)
        if mine.failure is not None:
            raise mine.failure

    def _commit(self, mine: _Waiting) -> None:
        with self._lock:
            group = [mine, *(other for other in self._waiting if other is not mine)]
            self._waiting = []
        try:
            self._write(group)
        finally:
            with self._lock:
                successor = self._waiting[0] if self._waiting else None
                self._busy = successor is not None
            for other in group[1:]:
                other.turn.release()
            if successor is not None:
                successor.turn.release()

    def _write(self, group: list[_Waiting]) -> None:
        try:
            record.write(self._database, [each.entry for each in group])
        except Exception as failure:
            if len(group) == 1:
                group[0].failure = failure
            else:
                # One bad entry must not cost the others theirs.
                for each in group:
                    self._write([each])
        for each in group:
            each.kept = True
