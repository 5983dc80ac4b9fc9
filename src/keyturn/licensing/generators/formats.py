"""How license keys are drawn. Randomness comes from the operating system through `secrets` (GEN-25)."""

import re
import secrets
import uuid
from collections.abc import Callable
from typing import Protocol

KEY_LENGTH = 191
SHORT = 12

# Key functions of deployed code, by name: code is registered here, never typed into a form.
CUSTOM: dict[str, Callable[[], str]] = {}


# Characters that people mistake for one another.
LOOK_ALIKES = "0O1I5S"


def without_look_alikes(charset: str) -> str:
    """The characters of `charset` that nobody can misread (GEN-12)."""
    return "".join(one for one in charset if one.upper() not in LOOK_ALIKES and one != "l")


class Template(Protocol):
    """What a key format needs to know; a Generator has all of it."""

    type: str
    prefix: str
    suffix: str
    length: int
    segment_length: int
    separator: str
    charset: str
    function_name: str


def custom(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Register a function that returns one new random key body (GEN-13)."""

    def register(function: Callable[[], str]) -> Callable[[], str]:
        CUSTOM[name] = function
        return function

    return register


@custom("hex-32")
def _hex() -> str:
    """32 hexadecimal digits, 128 bits."""
    return secrets.token_hex(16).upper()


@custom("digits-20")
def _digits() -> str:
    """20 decimal digits in groups of five, 66 bits, for typing on a number pad."""
    return "-".join("".join(secrets.choice("0123456789") for _ in range(5)) for _ in range(4))


def make_key(template: Template) -> str:
    """One new license key. Raises KeyError for a custom function that is not deployed."""
    if template.type == "uuid":
        body = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    elif template.type == "chunk":
        body = _chunks(template.length, template.segment_length, template.separator, template.charset)
    else:
        body = CUSTOM[template.function_name]()
    return f"{template.prefix}{body}{template.suffix}"


def matches(key: str, pattern: str) -> bool:
    """Whether a key obeys a generator's validation rule; an empty rule takes every key."""
    return not pattern or re.fullmatch(pattern, key) is not None


def _chunks(length: int, segment: int, separator: str, charset: str) -> str:
    drawn = "".join(secrets.choice(charset) for _ in range(length))
    return separator.join(drawn[start : start + segment] for start in range(0, length, segment))
