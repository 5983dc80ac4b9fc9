"""The system log as a Django application: it listens to the audit trail from the start."""

from django.apps import AppConfig


class LogsConfig(AppConfig):
    """Has the tables of requests and of log entries."""

    name = "keyturn.platform.logs"
    label = "logs"

    def ready(self) -> None:
        """Listen."""
        from keyturn.platform.audit import services as audit
        from keyturn.platform.logs import audited

        audit.subscribe(audited.note)
