"""What load balancers and monitoring systems ask, answered in front of everything else."""

import json
from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from ipaddress import ip_address
from typing import Any, Final

from django.conf import settings
from django.db import close_old_connections

from keyturn.config import readiness
from keyturn.core.crypto import same
from keyturn.platform.monitoring import exposition

Environ = dict[str, Any]
Probe = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
_FORWARDING: Final = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def alive(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    """/healthz: this process answers. Asks nobody."""
    return _json(start, 200, {"status": "ok"})


def ready(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    """/readyz: 200 when requests can be served, else 503 with the names of what is missing."""
    failed = readiness.failures()
    return _json(start, 503 if failed else 200, {"status": "unavailable" if failed else "ok", "failed": failed})


def metrics(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    """/metrics: for whoever has the token, or without one for callers on this machine."""
    if not _may_see_metrics(environ):
        return _json(start, 403, {"error": "Send the token of KEYTURN_METRICS_TOKEN, or ask from this machine."})
    close_old_connections()
    try:
        body = exposition.render()
    finally:
        close_old_connections()
    return _answer(start, 200, exposition.CONTENT_TYPE, body)


PROBES: Final[Mapping[str, Probe]] = {"/healthz": alive, "/readyz": ready, "/metrics": metrics}


def _may_see_metrics(environ: Environ) -> bool:
    token: str = settings.METRICS_TOKEN
    if token:
        return same(environ.get("HTTP_AUTHORIZATION", ""), f"Bearer {token}")
    # A proxy on this machine passes the whole world on; it names whom it speaks for.
    if any(name in environ for name in _FORWARDING):
        return False
    try:
        return ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _json(start: Callable[..., Any], status: int, content: Mapping[str, Any]) -> Iterable[bytes]:
    return _answer(start, status, "application/json", json.dumps(content).encode())


def _answer(start: Callable[..., Any], status: int, kind: str, body: bytes) -> Iterable[bytes]:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start(f"{status} {responses[status]}", headers)
    return [body]
