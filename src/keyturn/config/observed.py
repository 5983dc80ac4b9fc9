"""The outermost WSGI function: probes, trusted headers, and one count, one log line and one trace a request."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from keyturn.config.probes import PROBES
from keyturn.core import http, logs, tracing
from keyturn.platform.monitoring import instruments
from keyturn.platform.monitoring.instruments import ROUTE

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
log = logging.getLogger("keyturn.requests")
# Of an address that nothing answers; its text could hold anything.
_UNKNOWN: Final = "unmatched"


class Observed:
    """A WSGI application in front of `application`; `lines` asks for a log line a request."""

    def __init__(self, application: Application, *, lines: bool) -> None:
        self._application = application
        self._lines = lines

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        probe = PROBES.get(environ["PATH_INFO"])
        if probe is not None:
            return probe(environ, start)
        began = time.perf_counter()
        http.drop_untrusted(environ)
        identity = http.note_request_id(environ)
        status = 500

        def started(line: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            nonlocal status
            status = int(line[:3])
            if not any(name.lower() == "x-request-id" for name, _ in headers):
                headers = [*headers, ("X-Request-Id", identity)]
            return start(line, headers, error)

        with logs.within(identity), tracing.request(environ) as span:
            try:
                return self._application(environ, started)
            finally:
                route, method = environ.get(ROUTE, _UNKNOWN), environ["REQUEST_METHOD"]
                seconds = time.perf_counter() - began
                instruments.request(route, method, status, seconds)
                if span is not None:
                    span.answered(route, method, status)
                if self._lines:
                    _write(route, method, status, seconds * 1000)


def _write(route: str, method: str, status: int, millis: float) -> None:
    fields = {"method": method, "route": route, "status": status, "ms": round(millis, 2)}
    log.info("%s %s %d in %.2f ms", method, route, status, millis, extra={"fields": fields})
