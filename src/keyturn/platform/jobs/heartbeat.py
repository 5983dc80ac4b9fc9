"""A thread of the worker: reports that it lives, and keeps the leases of its jobs."""

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Self
from uuid import UUID

from django.db import Error, close_old_connections, connection

from keyturn.core.clock import now
from keyturn.platform.jobs import claims
from keyturn.platform.jobs.models import Worker

logger = logging.getLogger("keyturn.jobs")
GRACE = 30.0
STUCK = 70
_FORGET = timedelta(hours=1)


class Watch:
    """One running attempt, as both threads see it."""

    def __init__(self, claim: UUID, timeout: float) -> None:
        self.claim, self.timeout = claim, timeout
        self.deadline = time.monotonic() + timeout
        self.lost = False

    def verdict(self) -> str:
        """Why the attempt must stop; empty while it may go on."""
        if self.lost:
            return "Another worker has taken this job over."
        # The alarm and this clock may differ by a tick.
        if time.monotonic() > self.deadline - 0.05:
            return f"The time limit of {self.timeout:g} seconds was reached."
        return ""


class Heartbeat:
    """Beats four times a lease, at least every 15 seconds, from `with` to its end."""

    def __init__(self, name: str, queues: Sequence[str], lease: timedelta, stop: threading.Event | None = None) -> None:
        self.worker = Worker(name=name, queues=",".join(queues))
        self.lease, self.stop = lease, stop or threading.Event()
        self._watches: tuple[Watch, ...] = ()
        self._period = min(15.0, lease.total_seconds() / 4)
        self._over, self._changing = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._run, name="job-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    @contextlib.contextmanager
    def during(self, claim: UUID, timeout: float) -> Iterator[Watch]:
        """Keep the lease of the attempt `claim` until the block ends."""
        watch = Watch(claim, timeout)
        with self._changing:
            self._watches = (*self._watches, watch)
        try:
            yield watch
        finally:
            with self._changing:
                self._watches = tuple(one for one in self._watches if one is not watch)

    def _run(self) -> None:
        while True:
            try:
                close_old_connections()
                self._beat()
            except Error:
                logger.exception("The worker's heartbeat could not be written; trying again.")
                connection.close()
            if self._over.wait(self._period):
                break
        with contextlib.suppress(Error):
            Worker.objects.filter(pk=self.worker.pk).delete()
        connection.close()

    def _beat(self) -> None:
        for watch in self._watches:
            if not watch.lost:
                self._keep(watch)
        if not Worker.objects.filter(pk=self.worker.pk).update(seen_at=now()):
            self.worker.started_at = self.worker.seen_at = now()
            self.worker.save(force_insert=True)
            Worker.objects.filter(seen_at__lt=now() - _FORGET).delete()

    def _keep(self, watch: Watch) -> None:
        if time.monotonic() > watch.deadline + GRACE:
            logger.critical("A job ignores its time limit; this worker ends so that another can take over.")
            os._exit(STUCK)
        if not claims.renew(watch.claim, self.lease):
            watch.lost = True
            # Whoever is not meant finds nothing wrong with his own watch, and goes on.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
