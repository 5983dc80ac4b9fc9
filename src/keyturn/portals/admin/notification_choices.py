"""The grid of types and channels on the profile page."""

from dataclasses import dataclass
from typing import Final

from keyturn.access.permissions import Role
from keyturn.people.admins.models import Admin
from keyturn.platform.notifications import choices
from keyturn.platform.notifications.kinds import Channels, Type, of_role

_TEXTS: Final = {
    Type.SYSTEM: "Failed background jobs, mail and storage faults",
    Type.LICENSE: "Assigned, activated and revoked licenses, and those about to end or to fill up",
    Type.SECURITY: "Sign-ins from new places, changes of your account, and locks",
    Type.TELEMETRY: "Suspicious reports and misuse of licenses",
    Type.INTEGRATION: "Failed webhook deliveries, and API keys in use, at their limit or about to expire",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of the grid. `fixed`: in-app cannot be switched off."""

    type: Type
    text: str
    channels: Channels
    fixed: bool


def choices_of(admin: Admin) -> list[Choice]:
    """The rows of this admin: what his role can get."""
    wanted = choices.of(admin)
    texts = {**_TEXTS, **({Type.LICENSE: "Licenses about to end"} if admin.role == Role.VIEWER else {})}
    return [Choice(one, texts[one], wanted[one], one == Type.SECURITY) for one in of_role(admin.role)]
