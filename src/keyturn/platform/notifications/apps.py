"""Notifications as a Django application: they listen to the audit trail from the start."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Has the inboxes of the admins."""

    name = "keyturn.platform.notifications"
    label = "notifications"

    def ready(self) -> None:
        """Listen."""
        from keyturn.platform.audit import services as audit
        from keyturn.platform.notifications import intake

        audit.subscribe(intake.note)
