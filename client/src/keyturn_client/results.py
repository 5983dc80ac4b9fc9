"""What a check can come to: valid, denied, or no trustworthy answer.

`Denied` is the server's signed word that the license may not be used. `Unreachable` says nothing about
the license: there was no answer that can be trusted. A program that treats both alike either locks out
paying customers whenever the network fails, or lets everybody in who pulls the plug.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Source(StrEnum):
    """Where a positive answer comes from."""

    ONLINE = "online"
    CACHE = "cache"
    OFFLINE_FILE = "offline-file"


class Cause(StrEnum):
    """Why there is no trustworthy answer."""

    NETWORK = "network"
    SERVER = "server"
    BUSY = "busy"
    NOT_ACCEPTED = "not-accepted"
    """The server refused the program's API key, not the license."""
    UNTRUSTED = "untrusted"
    """An answer came, but its signature, its subject or its time is not what it must be."""


@dataclass(frozen=True, slots=True)
class License:
    """What the signed answer says about a license. `expires_at` None: never. `limit` 0: no limit of devices."""

    key: str
    status: str
    expires_at: datetime | None
    features: Mapping[str, Any] = field(default_factory=dict)
    metadata: Any = None
    product_uuid: str = ""
    product_name: str = ""
    limit: int = 0
    devices: int = 0

    def has(self, feature: str) -> bool:
        """Whether a feature is on: `true`, or a number above 0. What is missing is off."""
        value = self.features.get(feature)
        return value is True or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0)


@dataclass(frozen=True, slots=True)
class Valid:
    """The license may be used. `checked_at`: when the server last said so. `warnings`: for the user, if any.

    `trusted_until` is set while the program lives on an older answer: after it, a connection is needed.
    """

    license: License
    source: Source
    checked_at: datetime
    code: int = 200
    trusted_until: datetime | None = None
    warnings: tuple[str, ...] = ()
    ok: Literal[True] = True

    def has(self, feature: str) -> bool:
        """Whether the license has a feature."""
        return self.license.has(feature)


@dataclass(frozen=True, slots=True)
class Denied:
    """The server, or a signed file, says no. `code` is one of API v1, such as 205 for an expired license."""

    code: int
    reason: str
    state: str = ""
    expires_at: datetime | None = None
    ok: Literal[False] = False

    def has(self, feature: str) -> bool:
        """No feature is on."""
        return False


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nothing can be said about the license. `reason` is for the log, `retry_after` counts seconds."""

    cause: Cause
    reason: str
    retry_after: float = 0.0
    ok: Literal[False] = False

    def has(self, feature: str) -> bool:
        """No feature is on."""
        return False


@dataclass(frozen=True, slots=True)
class Deactivated:
    """The device holds no seat any more; `already`: it held none before."""

    already: bool = False
    ok: Literal[True] = True


Verdict = Valid | Denied | Unreachable
Farewell = Deactivated | Denied | Unreachable
