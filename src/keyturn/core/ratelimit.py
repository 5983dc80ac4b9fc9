"""Exact request counting across the worker processes of one host, without a database write.

A table of fixed windows lives in a file that every process maps into memory. A counter belongs to one
bucket of slots; a bucket is locked while it is read and changed, by a file lock against other
processes and by a thread lock within one. Windows are aligned to the clock, so the counters of all
processes end together. When a bucket is full of live counters the smallest gives way.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

WINDOW: Final = 60  # seconds, where nothing else is said
_SLOT: Final = struct.Struct("<QII")  # digest of the name, number of the window, hits in it
_SLOTS: Final = 64  # in a bucket
_BUCKETS: Final = 4096
_BUCKET_SIZE: Final = _SLOT.size * _SLOTS
_SIZE: Final = _BUCKET_SIZE * _BUCKETS
# Behind the buckets: the latest window in which any name reached its limit.
_LATEST: Final = struct.Struct("<Q")


class Counters:
    """Hits by name in the current window of so many seconds, shared through the file `path`."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time, window: int = WINDOW) -> None:
        self._clock, self._window = clock, window
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, _SIZE + _LATEST.size)
        self._table = mmap.mmap(self._file, _SIZE + _LATEST.size)
        # POSIX file locks do not exclude threads of the same process from each other.
        self._threads = threading.Lock()

    def hit(self, name: str, limit: int) -> int:
        """Count one request; 0 when it is within `limit` a window, else the seconds to wait, at least 1.

        A limit of 0 counts nothing and allows everything. Refused requests are not counted.
        """
        return self.count(name, limit)[0]

    def count(self, name: str, limit: int) -> tuple[int, int]:
        """As `hit`, and how many requests there are now in this window, this one among them."""
        if limit < 1:
            return 0, 0
        now = self._clock()
        window = int(now // self._window)
        digest, start = _place(name)
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET_SIZE, start)
            try:
                offset, hits = self._find(start, digest, window)
                if hits >= limit:
                    return max(1, self._window - int(now % self._window)), hits
                _SLOT.pack_into(self._table, offset, digest, window, hits + 1)
                if hits + 1 == limit:
                    _LATEST.pack_into(self._table, _SIZE, window)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET_SIZE, start)
        return 0, hits + 1

    def reached(self, name: str, limit: int) -> bool:
        """Whether `name` came to `limit` in this window or the one before.

        Counts nothing, waits for nobody, and looks for the name only while somebody has come to a limit.
        """
        window = int(self._clock() // self._window)
        if limit < 1 or _LATEST.unpack_from(self._table, _SIZE)[0] < window - 1:
            return False
        digest, start = _place(name)
        return any(
            owner == digest and number >= window - 1 and hits >= limit
            for owner, number, hits in _SLOT.iter_unpack(self._table[start : start + _BUCKET_SIZE])
        )

    def _find(self, start: int, digest: int, window: int) -> tuple[int, int]:
        """The offset of the slot to use, and the hits that it holds in this window."""
        spare, fewest = start, 1 << 33
        for index, (owner, number, hits) in enumerate(_SLOT.iter_unpack(self._table[start : start + _BUCKET_SIZE])):
            offset = start + index * _SLOT.size
            live = hits if number == window else 0
            if owner == digest:
                return offset, live
            if live < fewest:
                spare, fewest = offset, live
            if owner == 0:
                break  # slots are taken in order and never emptied: the name is not behind a free one
        return spare, 0

    def close(self) -> None:
        """Release the file."""
        self._table.close()
        os.close(self._file)


def _place(name: str) -> tuple[int, int]:
    """The digest of a name, and where its bucket starts."""
    digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") or 1
    return digest, digest % _BUCKETS * _BUCKET_SIZE
