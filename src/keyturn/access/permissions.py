"""Who may do what: the permission matrix, and the one question `require`."""

from enum import StrEnum
from uuid import UUID

from django.db.models import TextChoices

from keyturn.access.actors import Actor
from keyturn.core.errors import NotPermitted


class Role(TextChoices):
    SUPER_ADMIN = "super_admin", "Super Admin"
    ADMIN = "admin", "Admin"
    OPERATOR = "operator", "Operator"
    VIEWER = "viewer", "Viewer"


class Permission(StrEnum):
    """The rows of the matrix in docs/spec/admins-and-roles.md, split where roles differ."""

    USE_PORTAL = "portal.use"
    VIEW_CATALOG = "catalog.view"
    MANAGE_CATALOG = "catalog.manage"
    ROTATE_KEYS = "catalog.keys"
    KILL_SWITCH = "catalog.kill"
    VIEW_LICENSES = "licenses.view"
    REVEAL_KEYS = "licenses.reveal"
    MANAGE_LICENSES = "licenses.manage"
    ASSIGN_LICENSES = "licenses.assign"
    STOP_LICENSES = "licenses.stop"
    VIEW_ACTIVATIONS = "activations.view"
    DEACTIVATE = "activations.deactivate"
    VIEW_CUSTOMERS = "customers.view"
    EXPORT_CUSTOMERS = "customers.export"
    MANAGE_CUSTOMERS = "customers.manage"
    VIEW_RELEASES = "releases.view"
    MANAGE_RELEASES = "releases.manage"
    EXPORT_LISTS = "lists.export"
    MANAGE_API_KEYS = "api_keys.manage"
    MANAGE_WEBHOOKS = "webhooks.manage"
    MANAGE_TEMPLATES = "templates.manage"
    MANAGE_JOBS = "jobs.manage"
    DEFINE_WIDGETS = "widgets.define"
    VIEW_TELEMETRY = "telemetry.view"
    VIEW_LOGS = "logs.view"
    HANDLE_ABUSE = "abuse.handle"
    WORK_TICKETS = "tickets.work"
    MANAGE_TICKETS = "tickets.manage"
    DELETE_TICKETS = "tickets.delete"
    MANAGE_SETTINGS = "settings.manage"
    VIEW_CRITICAL_SETTINGS = "settings.critical.view"
    MANAGE_CRITICAL_SETTINGS = "settings.critical.manage"
    MANAGE_RETENTION = "retention.manage"
    MANAGE_ADMINS = "admins.manage"


_VIEWER = frozenset(
    {
        Permission.USE_PORTAL,
        Permission.VIEW_CATALOG,
        Permission.VIEW_LICENSES,
        Permission.VIEW_ACTIVATIONS,
        Permission.VIEW_CUSTOMERS,
        Permission.VIEW_RELEASES,
        Permission.EXPORT_LISTS,
    }
)
_OPERATOR = _VIEWER | {
    Permission.REVEAL_KEYS,
    Permission.ASSIGN_LICENSES,
    Permission.STOP_LICENSES,
    Permission.DEACTIVATE,
    # Those assigned to oneself or to nobody; the rest needs MANAGE_TICKETS.
    Permission.WORK_TICKETS,
}
# Rights that hold credentials, control evidence or cannot be taken back.
_SUPER_ADMIN_ALONE = frozenset(
    {
        Permission.ROTATE_KEYS,
        Permission.KILL_SWITCH,
        Permission.DELETE_TICKETS,
        Permission.MANAGE_CRITICAL_SETTINGS,
        Permission.MANAGE_RETENTION,
        Permission.MANAGE_ADMINS,
    }
)
GRANTED: dict[str, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: frozenset(Permission) - _SUPER_ADMIN_ALONE,
    Role.SUPER_ADMIN: frozenset(Permission),
}


class Right(StrEnum):
    """What a customer may do in the Client Portal, and only with what is his own (CLP-03)."""

    REVEAL_KEYS = "own.reveal"
    DEACTIVATE = "own.deactivate"
    OFFLINE_FILE = "own.offline"
    EDIT_PROFILE = "own.edit"
    EXPORT = "own.export"
    DOWNLOAD = "own.download"


CUSTOMER: frozenset[str] = frozenset(Right)


def may(actor: Actor, permission: Permission) -> bool:
    """Whether `actor` holds `permission`; the system and its jobs hold all of them."""
    return actor.kind == "system" or permission in actor.permissions


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotPermitted unless `actor` holds `permission`."""
    if not may(actor, permission):
        raise NotPermitted(permission)


def require_own(actor: Actor, right: Right, owner: UUID | None) -> None:
    """Raise NotPermitted unless `actor` is the customer `owner` himself and holds `right`."""
    if actor.kind != "customer" or owner is None or actor.id != str(owner) or right not in actor.permissions:
        raise NotPermitted(right)
