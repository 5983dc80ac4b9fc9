"""The six states of a license and the two of an activation. No Django: verdicts import this."""

from enum import StrEnum


class Status(StrEnum):
    """States of a license, in lifecycle order."""

    AVAILABLE = "available"
    ASSIGNED = "assigned"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


class DeviceStatus(StrEnum):
    """States of an activation; an inactive one never becomes active again (ACT-23)."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class DeviceStanding(StrEnum):
    """How its owner sees an activation: with a suspended license it is suspended too."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


UNLIMITED = -1
