"""What a place for files can do, and how it says that it cannot."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

# Pieces in which files are read; large enough that Python is not what limits a download.
PIECE: Final = 256 * 1024


class Fault(StrEnum):
    """Why a place failed, as people read it (SET-40)."""

    CREDENTIALS = "Invalid credentials"
    NO_BUCKET = "Bucket not found"
    DENIED = "Access denied"
    REGION = "Invalid region"
    TIMEOUT = "Connection timeout"
    SIGNATURE = "Signature mismatch"
    FULL = "No space left"
    OTHER = "The storage failed"


class Unavailable(Exception):
    """The storage did not do what it was asked for."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        self.fault, self.detail = fault, detail[:300]
        super().__init__(f"{fault}: {self.detail}" if self.detail else str(fault))


class Missing(Exception):
    """There is no such file in the storage."""


class Place(Protocol):
    """Keeps files under keys such as `releases/<product>/<random>`. Every method raises Unavailable."""

    def put(self, key: str, source: Path) -> None:
        """Keep a copy of the file `source`; what was under `key` is replaced."""
        ...

    def size(self, key: str) -> int:
        """Length in bytes. Raises Missing."""
        ...

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `start` on, in pieces; opened before it returns. Raises Missing."""
        ...

    def delete(self, key: str) -> None:
        """Remove the file; one that is not there is no error."""
        ...
