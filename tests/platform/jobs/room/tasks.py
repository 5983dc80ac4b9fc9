"""Kinds of jobs whose only effect is a line in a file, so that separate processes can be counted."""

import signal
import time
from datetime import time as at
from pathlib import Path

from keyturn.platform.jobs.kinds import job, pauses
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import daily, every, schedule


def _note(file: str, line: str) -> None:
    with Path(file).open("a", encoding="utf-8") as out:
        out.write(line + "\n")


@job(backoff=pauses(0))
def note(run: Run, *, file: str, line: str) -> dict[str, str]:
    """Write a line at once."""
    _note(file, line)
    return {"line": line}


@job(queue="high")
def urgent(run: Run, *, file: str, line: str) -> None:
    """The same, on the first queue."""
    _note(file, line)


@job(queue="bulk", timeout=30, backoff=pauses(0))
def slow(run: Run, *, file: str, seconds: float) -> None:
    """Write `start N`, sleep (only in the first attempt), write `end N`."""
    _note(file, f"start {run.attempt}")
    if run.attempt == 1:
        time.sleep(seconds)
    _note(file, f"end {run.attempt}")


@job(queue="webhooks", timeout=30)
def calling(run: Run, *, file: str, seconds: float) -> None:
    """Wait for somebody else's server, until the worker is asked to end."""
    _note(file, "calling")
    run.stop.wait(seconds)
    _note(file, "called")


@job(timeout=0.3, attempts=1)
def endless(run: Run, *, file: str) -> None:
    """Ignore every error and never end."""
    while True:
        try:
            time.sleep(30)
        except Exception:
            _note(file, "survived")


@job()
def failing(run: Run, *, password: str) -> None:
    """Complain about what it was given."""
    raise ValueError(f"cannot sign in john@example.com with {password}")


@job(attempts=2, queue="bulk")
def counting(run: Run, *, total: int) -> None:
    """Count up in slices of ten; the first attempt breaks after thirty."""
    for done in range(run.processed, total, 10):
        if run.attempt == 1 and done == 30:
            raise RuntimeError("broken off")
        run.report(done + 10, total)


@schedule(every(minutes=1))
@job(attempts=1)
def tick(run: Run) -> None:
    """Due every minute."""


@schedule(daily(at(2, 0)))
@job()
def purge(run: Run) -> None:
    """Due at two in the morning."""


@job(queue="high")
def alarm(run: Run) -> None:
    """Goes before all others."""


@job(queue="bulk")
def sweep(run: Run) -> None:
    """Goes after all others."""


@job(queue="bulk", alone=True)
def lonely(run: Run, *, file: str) -> None:
    """Never together with another of its kind."""
    _note(file, "start")
    time.sleep(0.2)
    _note(file, "end")


@job(attempts=1)
def unserialisable(run: Run) -> object:
    """Return what JSON does not know."""
    return object()


@job(timeout=0.5, attempts=1)
def deaf(run: Run, *, file: str) -> None:
    """Cannot be interrupted, like a call that hangs inside a library."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(60)
