"""The words of the system log (LOG-05): what an event of the audit trail is called there, and how grave it is."""

from collections.abc import Mapping
from typing import Any, Final

from keyturn.platform.audit.registry import EVENTS
from keyturn.platform.logs.lines import ERROR, INFO, WARNING

FIXED: Final = (
    "activate_license", "deactivate_license", "login", "login_failed", "logout", "api_call", "verify_failed",
    "webhook_sent", "job_queued", "job_completed", "job_failed", "server_error",
)  # fmt: skip
_ACTIONS: Final = {
    "activation.created": "activate_license",
    "activation.deleted": "deactivate_license",
    "admin.signed_in": "login",
    "customer.signed_in": "login",
    "admin.signin_failed": "login_failed",
    "customer.signin_failed": "login_failed",
    "admin.signed_out": "logout",
    "customer.signed_out": "logout",
    "job.failed": "job_failed",
    "dashboard.viewed": "view_dashboard",
    "customer.view_started": "view_as_customer",
    "license.key_revealed": "reveal_license",
    "access.refused": "access_refused",
    "settings.changed": "update_settings",
}
_VERBS: Final = {
    "created": "create",
    "added": "create",
    "deleted": "delete",
    "exported": "export",
    "export_fetched": "export",
    "imported": "import",
}
_ERRORS: Final = frozenset({"job.failed", "mail.failed", "webhook.failed"})
_WARNINGS: Final = frozenset(
    {
        "access.refused",
        "admin.signin_failed",
        "admin.signin_paused",
        "customer.signin_failed",
        "customer.signin_paused",
        "license.flagged",
        "license.transition_refused",
        "product.killed",
    }
)


def action_of(event: str, changes: Mapping[str, Any] | None = None) -> str:
    """The log's word for an event.

    >>> action_of("product.created"), action_of("license.suspended")
    ('create_product', 'update_license')
    """
    if event == "list.exported":
        return f"export_{(changes or {}).get('list', 'list')}"
    noun, _, verb = event.partition(".")
    return _ACTIONS.get(event) or f"{_VERBS.get(verb, 'update')}_{noun}"


def level_of(event: str) -> int:
    """How grave an event is."""
    return ERROR if event in _ERRORS else WARNING if event in _WARNINGS else INFO


ACTIONS: Final = tuple(sorted({*FIXED, *(action_of(one.action) for one in EVENTS)}))
