"""Checking again while the program runs: the license every day, the drive every half minute."""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

from keyturn_client.offline import drives, journal
from keyturn_client.offline.drives import Drive
from keyturn_client.offline.validation import FILE_NAME, Check, Validator, log

_SHORTEST: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(hours=24)


class Repeat:
    """Does something every `seconds` in a thread of its own, until `stop` or the end of a `with`."""

    def __init__(self, seconds: float, action: Callable[[], object]) -> None:
        self._seconds, self._action, self._stopped = seconds, action, Event()
        self._thread = Thread(target=self._run, name="keyturn-watch", daemon=True)

    def start(self) -> Self:
        """Begin; the first time comes after the first interval."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End; an action under way is finished."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self._action()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def recheck(
    check: Callable[[], object], every: timedelta = timedelta(hours=24), *, result: Callable[[object], object]
) -> Repeat:
    """Check again every 1 to 24 hours and hand each result on. Raises ValueError for another interval."""
    if not _SHORTEST <= every <= _LONGEST:
        raise ValueError("Check again every 1 to 24 hours.")
    return Repeat(every.total_seconds(), lambda: result(check()))


def leave(check: Check) -> None:
    """What happens by default when the drive is gone: a message, and the end of the program."""
    why = ", ".join(check.errors)
    print(f"The license drive was removed ({why}). The program ends.", file=sys.stderr)  # noqa: T201
    sys.stderr.flush()
    # A watching thread cannot end the program by an exception.
    os._exit(3)


class DriveWatch:
    """Looks every `seconds` whether the licensed drive is still there; calls `removed` once when it is not."""

    def __init__(self, validator: Validator, removed: Callable[[Check], object] = leave, seconds: float = 30.0) -> None:
        self._validator, self._removed, self.seconds = validator, removed, seconds
        self._drive: Drive | None = None
        self._gone = False

    def start(self) -> Repeat:
        """Look now, and then again and again in a thread."""
        self.tick()
        return Repeat(self.seconds, self.tick).start()

    def tick(self) -> Check:
        """Look once."""
        found = drives.with_file(self._validator.find_drives(), FILE_NAME)
        check = self._validator.check_drives()
        if found and found != self._drive:
            self._note(found.root, "usb_inserted", found)
        if self._drive and found != self._drive:
            # A drive that is gone takes no note.
            self._note(self._validator.state.folder, "usb_removed", self._drive)
        self._drive = found
        if check.valid:
            self._gone = False
        elif not self._gone:
            self._gone = True
            self._removed(check)
        return check

    def _note(self, folder: Path, event: str, drive: Drive) -> None:
        log.warning("%s: %s", event, drive.root)
        journal.append(folder, self._validator.now(), {"event": event, "usb_path": str(drive.root)})
