"""Whom the API turns away, as the settings say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The settings that `of` reads, numbers apart.
NAMES = (
    "api.blocked_addresses",
    "api.blocked_identifiers",
    "api.blocked_countries",
    "api.blocked_programs",
    "api.block_injection",
)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Addresses and ranges; identifiers of devices or license keys; countries; parts of a User-Agent, in small
    letters; whether attempts at SQL injection are; and after how many wrong keys an address is, 0 for never.
    """

    addresses: tuple[str, ...] = ()
    identifiers: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    programs: tuple[str, ...] = ()
    injection: bool = False
    guesses: int = 0


def of(stored: Mapping[str, Any]) -> Blocked:
    """What values of settings by name mean; what is missing blocks nobody."""
    return Blocked(
        _listed(stored.get("api.blocked_addresses", "")),
        frozenset(_listed(stored.get("api.blocked_identifiers", ""))),
        frozenset(_listed(stored.get("api.blocked_countries", ""))),
        tuple(line.lower() for line in stored.get("api.blocked_programs", "").split("\n") if line),
        bool(stored.get("api.block_injection", False)),
        int(stored.get("api.wrong_keys", 0)),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())
