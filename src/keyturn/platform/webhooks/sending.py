"""Posting what is due: several at once, few to one receiver, so that one that hangs holds up nobody else."""

import threading
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final
from uuid import UUID

from keyturn.core import outbound
from keyturn.core.clock import now
from keyturn.platform.webhooks import attempts
from keyturn.platform.webhooks.attempts import Outcome, Request
from keyturn.platform.webhooks.models import Delivery, Webhook

AT_ONCE: Final = 16
TO_ONE: Final = 4
_LOOK: Final = 0.25


class Sender:
    """Posts on threads; the database is this thread's alone."""

    def __init__(self, claim: UUID, stop: threading.Event) -> None:
        self._claim, self._stop = claim, stop
        self._under_way: dict[Future[Outcome], Request] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")

    def run(self, seconds: float) -> int:
        """Post what is due, beginning nothing new after `seconds` or a stop; how many attempts were made."""
        end, count = time.monotonic() + seconds, 0
        try:
            while True:
                going_on = time.monotonic() < end and not self._stop.is_set()
                if going_on:
                    self._start()
                if not self._under_way:
                    return count
                # What comes due while somebody is slow to answer is not kept waiting.
                done, _ = wait(self._under_way, _LOOK if going_on else None, FIRST_COMPLETED)
                for one in done:
                    attempts.settle(self._under_way.pop(one), one.result())
                    count += 1
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        """Fill the free places, in turn among webhooks that have something due."""
        busy = Counter(one.delivery.webhook_id for one in self._under_way.values())
        waiting = Delivery.objects.due(now())
        found = Webhook.objects.filter(pk__in=waiting.values("webhook")).values_list("pk", flat=True)
        for webhook in [*found, None]:
            free = min(AT_ONCE - len(self._under_way), TO_ONE - busy[webhook])
            if free <= 0:
                continue
            for request in attempts.take(self._claim, webhook, free):
                self._under_way[self._threads.submit(_post, request)] = request


def _post(request: Request) -> Outcome:
    try:
        return Outcome(outbound.post(request.delivery.url, request.body, request.headers))
    except (outbound.Unsafe, outbound.Unreachable) as problem:
        return Outcome(None, str(problem))
    except Exception as problem:
        return Outcome(None, f"The request failed: {type(problem).__name__}.")
