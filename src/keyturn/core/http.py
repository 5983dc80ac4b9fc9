"""Facts about a request that every surface needs."""

import re

from django.conf import settings

from keyturn.core.ids import uuid7

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,36}")


def client_ip(remote: str, forwarded: str | None) -> str:
    """The caller's address; `X-Forwarded-For` counts only behind the configured number of proxies.

    `remote` is the peer of the TCP connection. With KEYTURN_TRUSTED_PROXIES=n the n-th address from
    the right of the header is taken, which the caller cannot forge.
    """
    hops: int = settings.TRUSTED_PROXIES
    if hops and forwarded:
        chain = [part.strip() for part in forwarded.split(",") if part.strip()]
        if chain:
            return chain[-min(hops, len(chain))][:45]
    return remote[:45]


def request_id(given: str) -> str:
    """The caller's `X-Request-Id` when it is a sensible one, else a fresh identifier."""
    return given if _REQUEST_ID.fullmatch(given) else str(uuid7())
