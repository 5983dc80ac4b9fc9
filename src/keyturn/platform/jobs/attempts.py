"""One attempt at one job, within its time limit."""

import json
import logging
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.db import Error, connection

from keyturn.core import tracing
from keyturn.core.crypto import Unreadable
from keyturn.platform.jobs import claims, kinds, payload
from keyturn.platform.jobs.heartbeat import Heartbeat, Watch
from keyturn.platform.jobs.kinds import Kind
from keyturn.platform.jobs.models import Job
from keyturn.platform.jobs.runs import Interrupted, Run
from keyturn.platform.monitoring import instruments

logger = logging.getLogger("keyturn.jobs")
_watched: Watch | None = None


def on_alarm(number: int, frame: FrameType | None) -> None:
    """Handler of SIGALRM: stops the job's function when its time is up or its claim is lost."""
    global _watched
    if _watched is not None and (reason := _watched.verdict()):
        _watched = None
        raise Interrupted(reason)


def attempt(job: Job, heartbeat: Heartbeat, *, timed: bool = True) -> None:
    """Run a claimed job and record what came of it. Only in the main thread can it be `timed`."""
    assert job.claim is not None
    try:
        kind = kinds.find(job.kind)
        values = payload.unpack(job.sealed_payload)
    except (kinds.UnknownKind, Unreadable) as error:
        claims.fail(job, error)
        return
    with heartbeat.during(job.claim, kind.timeout) as watch:
        began = time.monotonic()
        run = Run(
            job.uuid, job.kind, job.attempts, job.claim, job.environment, job.processed, job.total, heartbeat.stop
        )
        try:
            with tracing.job(job.kind, job.attempts):
                result = _within(watch, kind, run, values) if timed else _called(kind, run, values)
        except BaseException as error:
            failure = error
            instruments.job(job.kind, "failed", time.monotonic() - began)
            _record(lambda: claims.fail(job, failure, payload.texts(values)))
            if not isinstance(error, Exception | Interrupted):
                raise
        else:
            instruments.job(job.kind, "completed", time.monotonic() - began)
            _record(lambda: claims.complete(job, result))


def _within(watch: Watch, kind: Kind, run: Run, values: dict[str, Any]) -> Any:
    global _watched
    try:
        signal.setitimer(signal.ITIMER_REAL, kind.timeout)
        _watched = watch
        return _called(kind, run, values)
    except Interrupted:
        # A statement may have been cut off: the connection is in doubt.
        connection.close()
        raise
    finally:
        _watched = None
        signal.setitimer(signal.ITIMER_REAL, 0)


def _called(kind: Kind, run: Run, values: dict[str, Any]) -> Any:
    result = kind.function(run, **values)
    json.dumps(result)
    return result


def _record(outcome: Callable[[], bool]) -> None:
    # The work is done: a database that is away for some seconds must not make it be done again.
    for _ in range(5):
        try:
            if not outcome():
                logger.warning("The outcome of an attempt was dropped: another worker has the job.")
            return
        except Error:
            logger.exception("The outcome of a job could not be recorded; trying again.")
            connection.close()
            time.sleep(1)
