"""Who may do what: the permission matrix, and the one question `require`."""

from enum import StrEnum

from django.db.models import TextChoices

from keyturn.access.actors import Actor
from keyturn.core.errors import NotPermitted


class Role(TextChoices):
    SUPER_ADMIN = "super_admin", "Super Admin"
    ADMIN = "admin", "Admin"
    OPERATOR = "operator", "Operator"
    VIEWER = "viewer", "Viewer"


class Permission(StrEnum):
    """One row of the matrix in docs/spec/admins-and-roles.md, split where roles differ."""

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
    EXPORT_LISTS = "lists.export"
    VIEW_ACTIVATIONS = "activations.view"
    DEACTIVATE = "activations.deactivate"
    VIEW_CUSTOMERS = "customers.view"
    MANAGE_CUSTOMERS = "customers.manage"
    MANAGE_API_KEYS = "api_keys.manage"
    VIEW_LOGS = "logs.view"
    MANAGE_JOBS = "jobs.manage"
    MANAGE_ADMINS = "admins.manage"


_VIEWER = frozenset(
    {
        Permission.USE_PORTAL,
        Permission.VIEW_CATALOG,
        Permission.VIEW_LICENSES,
        Permission.EXPORT_LISTS,
        Permission.VIEW_ACTIVATIONS,
        Permission.VIEW_CUSTOMERS,
    }
)
_OPERATOR = _VIEWER | {
    Permission.REVEAL_KEYS,
    Permission.ASSIGN_LICENSES,
    Permission.STOP_LICENSES,
    Permission.DEACTIVATE,
}
_ADMIN = _OPERATOR | {
    Permission.MANAGE_CATALOG,
    Permission.MANAGE_LICENSES,
    Permission.MANAGE_CUSTOMERS,
    Permission.MANAGE_API_KEYS,
    Permission.VIEW_LOGS,
    Permission.MANAGE_JOBS,
}
GRANTED: dict[str, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ADMIN,
    Role.SUPER_ADMIN: frozenset(Permission),
}


def may(actor: Actor, permission: Permission) -> bool:
    """Whether `actor` holds `permission`; the system and its jobs hold all of them."""
    return actor.kind == "system" or permission in actor.permissions


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotPermitted unless `actor` holds `permission`."""
    if not may(actor, permission):
        raise NotPermitted(permission)
