"""The address under which people reach this installation."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from keyturn.platform.preferences import services

# What the web server that started last said of itself, for workers that were started apart.
_HEARD = "general.local_url"
NAMES = ("general.base_url", _HEARD)


def base_url(values: Mapping[str, Any] | None = None) -> str:
    """Scheme, host and port, without a slash at the end; `values` are settings that were read already.

    KEYTURN_PUBLIC_URL, else the Public Address of the settings, else where the web server listens. Never taken
    from a request: whoever sends one could then choose where a reset link leads.
    """
    fixed: str = settings.PUBLIC_URL.rstrip("/")
    if fixed:
        return fixed
    given = services.values(*NAMES) if values is None else values
    return str(given["general.base_url"] or settings.LOCAL_URL or given[_HEARD])


def is_guessed(values: Mapping[str, Any] | None = None) -> bool:
    """Whether nobody has said where people reach this installation, so that links lead to this machine alone."""
    given = services.values(*NAMES) if values is None else values
    return not settings.PUBLIC_URL and not given["general.base_url"]


def remember_listening() -> None:
    """Keep where this web server listens, for links in mails that other processes write."""
    if settings.LOCAL_URL and services.text(_HEARD) != settings.LOCAL_URL:
        services.set_value(_HEARD, settings.LOCAL_URL)


def public_url(path: str) -> str:
    """`path`, which begins with a slash, as an absolute address for mails and files."""
    return base_url() + path
