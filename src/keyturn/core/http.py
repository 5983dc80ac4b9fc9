"""Facts about a request that every surface needs."""

import re
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings

from keyturn.core.ids import text7

_NOTED = "keyturn.request_id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,36}")


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


def drop_untrusted(environ: dict[str, Any]) -> None:
    """Take `X-Forwarded-*` out of a WSGI request that no configured proxy has sent."""
    if settings.TRUSTED_PROXIES and _is_proxy(environ.get("REMOTE_ADDR", ""), tuple(settings.PROXY_NETWORKS)):
        return
    for name in [name for name in environ if name.startswith("HTTP_X_FORWARDED_")]:
        del environ[name]


@lru_cache(maxsize=1024)
def _is_proxy(peer: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ip_network(network, strict=False) for network in networks)


def request_id(given: str) -> str:
    """The caller's `X-Request-Id` when it is a sensible one, else a fresh identifier."""
    return given if _REQUEST_ID.fullmatch(given) else text7()


def note_request_id(environ: dict[str, Any]) -> str:
    """The identifier of a WSGI request, the same for everything that reads it from `environ` afterwards."""
    known: str | None = environ.get(_NOTED)
    if known is None:
        known = environ[_NOTED] = environ["HTTP_X_REQUEST_ID"] = request_id(environ.get("HTTP_X_REQUEST_ID", ""))
    return known
