"""JSON whose bytes survive decoding and encoding in PHP and JavaScript, so that a signature over it holds.

What breaks one of them, and what stands in its place, is in docs/spec/api-v1.md 5.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

_MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
_UNSAFE: Final = re.compile("[\u2028\u2029\ud800-\udfff]")
_LARGEST: Final = 2**53 - 1


def compact(value: Any) -> bytes:
    """JSON that PHP and JavaScript reproduce byte for byte when they decode and encode it again."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def safe(value: Any, *, top: bool = False) -> Any:
    """`value` without what breaks a client's re-encoding (section 5); `top` keeps an empty object."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _UNSAFE.sub(_harmless, value)
    if kind is bool or value is None:
        return value
    if kind is int:
        return value if -_LARGEST <= value <= _LARGEST else str(value)
    if isinstance(value, Mapping):
        if all(map(_is_member, value)):
            return {name: safe(item) for name, item in value.items()} or ({} if top else [])
        # Some names would not survive: a list of pairs keeps every one of them.
        return [{"key": safe(str(name)), "value": safe(item)} for name, item in sorted(value.items())]
    if isinstance(value, list | tuple):
        return [safe(item) for item in value]
    if isinstance(value, float):
        return safe(int(value)) if value.is_integer() else repr(value)
    return str(value)


@lru_cache(maxsize=4096)
def _is_member(name: str) -> bool:
    return _MEMBER.fullmatch(name) is not None


def _harmless(found: re.Match[str]) -> str:
    return " " if found[0] in "\u2028\u2029" else "\ufffd"
