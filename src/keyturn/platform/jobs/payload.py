"""Payloads at rest: JSON, sealed, and never shown."""

import json
from collections.abc import Iterator
from typing import Any

from keyturn.core import crypto


def pack(payload: dict[str, Any]) -> str:
    """Sealed JSON. Raises TypeError for what JSON does not know: send ids and ISO text instead."""
    return crypto.seal(json.dumps(payload, separators=(",", ":")).encode())


def unpack(sealed: str) -> dict[str, Any]:
    """The payload behind `pack`. Raises crypto.Unreadable."""
    opened: dict[str, Any] = json.loads(crypto.unseal(sealed))
    return opened


def texts(value: Any) -> Iterator[str]:
    """Every text inside a payload."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
