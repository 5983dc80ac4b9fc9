"""The types of notifications: who gets them, and by which channel unless he chose otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices

from keyturn.access.permissions import Role


class Type(TextChoices):
    SYSTEM = "system", "System Alerts"
    LICENSE = "license", "License Activity"
    SECURITY = "security", "Security Alerts"
    TELEMETRY = "telemetry", "Telemetry Events"
    INTEGRATION = "integration", "Integrations"


_LEADS: Final = frozenset({Role.SUPER_ADMIN, Role.ADMIN})
ROLES: Final[Mapping[str, frozenset[str]]] = {
    Type.SYSTEM: _LEADS,
    Type.LICENSE: _LEADS | {Role.OPERATOR},
    # The admin concerned; a notice may name roles beside him.
    Type.SECURITY: frozenset(),
    Type.TELEMETRY: _LEADS,
    Type.INTEGRATION: _LEADS,
}
EVERYBODY: Final = frozenset(Role.values)
LEADS: Final = _LEADS


@dataclass(frozen=True, slots=True)
class Channels:
    """How an admin is told of a type."""

    in_app: bool
    email: bool


DEFAULTS: Final[Mapping[str, Channels]] = {
    one: Channels(in_app=True, email=one in (Type.SYSTEM, Type.SECURITY)) for one in Type.values
}


def of_role(role: str) -> list[Type]:
    """The types that somebody of this role can get; everybody gets alerts about himself, and expiry summaries."""
    return [one for one in Type if role in ROLES[one] or one in (Type.SECURITY, Type.LICENSE)]
