"""Webhooks as a Django application: they listen to the audit trail from the start."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Has the tables of webhooks, their events and deliveries."""

    name = "keyturn.platform.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        """Listen."""
        from keyturn.platform.audit import services as audit
        from keyturn.platform.webhooks import outbox

        audit.subscribe(outbox.note)
