"""The loop that runs jobs: one at a time, in the main thread of its own process.

Calls to other people's servers have a thread beside it, as they do little else than wait.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from types import FrameType

from django.conf import settings
from django.db import Error, close_old_connections, connection

from keyturn.platform.jobs import claims, kinds
from keyturn.platform.jobs.attempts import attempt, on_alarm
from keyturn.platform.jobs.heartbeat import Heartbeat
from keyturn.platform.jobs.kinds import QUEUES, WAITING_QUEUE

logger = logging.getLogger("keyturn.jobs")
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 1.0


def run_worker(stop: threading.Event, queues: Sequence[str] = QUEUES) -> None:
    """Run jobs of `queues` until `stop` is set or SIGTERM or SIGINT comes, finishing the current one.

    Must be called in the main thread of a process of its own; see the package's docstring.
    """
    kinds.discover()
    _take_signals(stop)
    lease = timedelta(seconds=settings.JOB_LEASE_SECONDS)
    with Heartbeat(f"{socket.gethostname()[:60]}:{os.getpid()}", queues, lease, stop) as heartbeat:
        own = [queue for queue in queues if queue != WAITING_QUEUE] or queues
        if len(own) == len(queues):
            _loop(stop, queues, lease, heartbeat)
            return
        beside = threading.Thread(target=_beside, args=(stop, lease, heartbeat), name="webhooks", daemon=True)
        beside.start()
        _loop(stop, own, lease, heartbeat)
        beside.join()


def _beside(stop: threading.Event, lease: timedelta, heartbeat: Heartbeat) -> None:
    try:
        _loop(stop, [WAITING_QUEUE], lease, heartbeat, timed=False)
    except Exception:
        logger.critical("The thread of webhooks broke off; this worker ends so that another can begin.", exc_info=True)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        connection.close()


def _take_signals(stop: threading.Event) -> None:
    def on_stop(number: int, frame: FrameType | None) -> None:
        stop.set()
        # A second Ctrl+C is meant: it ends the process in the middle of the job.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGALRM, on_alarm)
    signal.signal(signal.SIGTERM, on_stop)
    signal.signal(signal.SIGINT, on_stop)


def _loop(
    stop: threading.Event, queues: Sequence[str], lease: timedelta, heartbeat: Heartbeat, *, timed: bool = True
) -> None:
    pause, swept = SHORTEST_PAUSE, 0.0
    while not stop.is_set():
        try:
            close_old_connections()
            if time.monotonic() - swept > lease.total_seconds() / 4:
                claims.reclaim()
                swept = time.monotonic()
            job = claims.claim(queues, lease)
            if job is not None:
                attempt(job, heartbeat, timed=timed)
                pause = SHORTEST_PAUSE
                continue
        except Error:
            logger.exception("The job queue could not be read; trying again.")
            connection.close()
        # Not stop.wait(): the handler of SIGTERM sets the event in this very thread, and would hang
        # on the event's lock if the signal came while this thread holds it.
        time.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 1.2)
