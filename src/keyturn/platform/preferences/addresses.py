"""The address under which people reach this installation."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from keyturn.platform.preferences import services


def base_url(values: Mapping[str, Any] | None = None) -> str:
    """Scheme, host and port, without a slash at the end; `values` are settings that were read already.

    KEYTURN_PUBLIC_URL, else the Public Address of the settings, else where the server listens. Never taken
    from a request: whoever sends one could then choose where a reset link leads.
    """
    fixed: str = settings.PUBLIC_URL.rstrip("/")
    if fixed:
        return fixed
    given = services.text("general.base_url") if values is None else str(values["general.base_url"])
    return given or settings.LOCAL_URL


def public_url(path: str) -> str:
    """`path`, which begins with a slash, as an absolute address for mails and files."""
    return base_url() + path
