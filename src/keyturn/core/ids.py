"""Identifiers that leave the product: UUIDs, ordered by time where they are indexed."""

import os
import time
import uuid
from contextlib import suppress
from typing import Final

# Four bits of the version, two of the variant, and all others.
_VERSION: Final = 0x7 << 76 | 0x2 << 62
_FREE: Final = ~(0xF << 76 | 0x3 << 62)


_BYTES: Final = 10
_drawn: list[bytes] = []
# Two processes must not draw the same.
os.register_at_fork(after_in_child=_drawn.clear)


def _random() -> bytes:
    # Each call of the system makes a thread queue for the interpreter again, so it is asked for many at once.
    with suppress(IndexError):
        return _drawn.pop()
    block = os.urandom(_BYTES * 256)
    _drawn.extend(block[start : start + _BYTES] for start in range(_BYTES, len(block), _BYTES))
    return block[:_BYTES]


def hex7() -> str:
    """A UUID version 7 (RFC 9562, section 5.7) in 32 hex digits: 48 bits of Unix milliseconds, 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(_random(), "big")
    return f"{value & _FREE | _VERSION:032x}"


def uuid7() -> uuid.UUID:
    """As `hex7`, as an object."""
    return uuid.UUID(hex7())


def text7() -> str:
    """As `hex7`, in the usual form of 36 characters."""
    digits = hex7()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID that `text` spells in its usual form of 36 characters, or None."""
    if len(text) != 36:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
