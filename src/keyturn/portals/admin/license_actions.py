"""What the dialogs about one license do: who may, what is asked, what is changed, what is said afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.abilities import Change
from keyturn.licensing.licenses.models import License
from keyturn.portals.admin.forms.fields import end_of
from keyturn.portals.admin.forms.licenses import AssignForm, ConfirmForm, ReasonForm, RenewForm, RevokeForm

Cleaned = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """One change of one license; `perform` returns what the toast says."""

    change: Change
    permission: Permission
    form: type[forms.Form]
    perform: Callable[[Actor, License, Cleaned], str]
    initial: Callable[[License], dict[str, Any]] = lambda license: {}

    @property
    def template(self) -> str:
        """The dialog."""
        return f"admin/licenses/{self.change}.html"


def _assign(actor: Actor, license: License, given: Cleaned) -> str:
    services.assign(actor, license, given["email"], name=given["name"])
    return f"License assigned to {given['email'].strip().lower()}"


def _suspend(actor: Actor, license: License, given: Cleaned) -> str:
    services.suspend(actor, license, reason=given["reason"])
    return "License suspended"


def _reactivate(actor: Actor, license: License, given: Cleaned) -> str:
    services.reactivate(actor, license)
    return f"License reactivated. It is {license.status} again."


def _renew(actor: Actor, license: License, given: Cleaned) -> str:
    services.renew(actor, license, expires_at=None if given["lifetime"] else end_of(given["expires_on"]))
    return "License renewed"


def _unassign(actor: Actor, license: License, given: Cleaned) -> str:
    services.unassign(actor, license)
    return "License unassigned. It is available again."


def _revoke(actor: Actor, license: License, given: Cleaned) -> str:
    services.revoke(actor, license, reason=given["reason"])
    return "License revoked"


def _delete(actor: Actor, license: License, given: Cleaned) -> str:
    services.delete_many(actor, [license])
    return "License deleted"


ACTIONS = (
    Action(Change.ASSIGN, Permission.ASSIGN_LICENSES, AssignForm, _assign),
    Action(Change.SUSPEND, Permission.STOP_LICENSES, ReasonForm, _suspend),
    Action(Change.REACTIVATE, Permission.STOP_LICENSES, ConfirmForm, _reactivate),
    Action(Change.RENEW, Permission.MANAGE_LICENSES, RenewForm, _renew, RenewForm.suggestion),
    Action(Change.UNASSIGN, Permission.MANAGE_LICENSES, ConfirmForm, _unassign),
    Action(Change.REVOKE, Permission.STOP_LICENSES, RevokeForm, _revoke),
    Action(Change.DELETE, Permission.MANAGE_LICENSES, ConfirmForm, _delete),
)
