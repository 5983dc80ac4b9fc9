"""Which changes the state of a license allows, asked before anybody tries; the services decide again."""

from enum import StrEnum

from keyturn.licensing.licenses.lifecycle import TABLE, resume_state, why_not
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status


class Change(StrEnum):
    """What people do with one license."""

    EDIT = "edit"
    ASSIGN = "assign"
    SUSPEND = "suspend"
    REACTIVATE = "reactivate"
    RENEW = "renew"
    UNASSIGN = "unassign"
    REVOKE = "revoke"
    DELETE = "delete"


def obstacle(license: License, change: Change) -> str:
    """Why the state of `license` forbids `change`, for the person who would; "" when it does not."""
    status = Status(license.status)
    if change == Change.EDIT:
        return "A revoked license cannot be edited." if status == Status.REVOKED else ""
    if change == Change.RENEW:
        if license.expires_at is None and status != Status.REVOKED:
            stock = status == Status.AVAILABLE and license.validity_count
            return "Its validity starts when it is assigned." if stock else "This license never expires."
        return why_not(status, Status.ACTIVE) if status == Status.REVOKED else ""
    if change == Change.REACTIVATE and status != Status.SUSPENDED:
        return "Only a suspended license can be reactivated."
    if change == Change.ASSIGN and status != Status.AVAILABLE:
        return "Only an available license can be assigned."
    if change == Change.UNASSIGN and status not in (Status.ASSIGNED, Status.ACTIVE):
        return "Only an assigned or active license can go back into stock."
    if change == Change.REVOKE and status == Status.REVOKED:
        return "This license is revoked already."
    target = _target(license, change)
    return "" if target is None or (status, target) in TABLE else why_not(status, target)


def _target(license: License, change: Change) -> Status | None:
    targets = {
        Change.ASSIGN: Status.ASSIGNED,
        Change.SUSPEND: Status.SUSPENDED,
        Change.REACTIVATE: resume_state(license),
        Change.REVOKE: Status.REVOKED,
    }
    return targets.get(change)
