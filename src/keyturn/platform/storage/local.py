"""Files in a folder of this server."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from keyturn.platform.storage.places import PIECE, Fault, Missing, Unavailable


class Folder:
    """A place below `root`. Keys come from the product, never from a request."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, source: Path) -> None:
        """Keep `source` under `key`: as a second name for it where the file system can, else as a copy."""
        target = self.root / key
        with _told():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            try:
                os.link(source, target)
            except OSError:
                shutil.copyfile(source, target)
            with target.open("rb") as file:
                os.fsync(file.fileno())

    def size(self, key: str) -> int:
        """Length in bytes. Raises Missing."""
        with _told():
            return (self.root / key).stat().st_size

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `start` on, in pieces. Raises Missing."""
        with _told():
            file = (self.root / key).open("rb")
        return _pieces(file, start, length)

    def delete(self, key: str) -> None:
        """Remove the file, and its folder when that is empty."""
        target = self.root / key
        with _told():
            target.unlink(missing_ok=True)
        with suppress(OSError):
            target.parent.rmdir()


def _pieces(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while length > 0 and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing from error
    except OSError as error:
        fault = Fault.FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else Fault.OTHER
        fault = Fault.DENIED if isinstance(error, PermissionError) else fault
        raise Unavailable(fault, error.strerror or "") from error
