"""Reading the log of API requests."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.scope import Environment

if TYPE_CHECKING:
    from keyturn.platform.logs.models import LogEntry, RequestLog  # noqa: F401

# The codes of API v1 that refuse a known license; index request_log_refused holds exactly these.
REFUSALS = (201, 202, 203, 204, 205, 302)


class RequestLogQuerySet(models.QuerySet["RequestLog"]):
    """Questions about requests."""

    def refusals(self, license_id: int) -> Self:
        """Requests about a license that were refused for its sake, latest first."""
        return self.filter(license_id=license_id, code__in=REFUSALS).order_by("-id")


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    """Questions about the system log."""

    def in_scope(self, environment: str) -> Self:
        """Entries of an environment, and those of the whole installation."""
        return self.filter(environment__in=[environment, ""])

    def in_environments(self) -> Self:
        """All entries, spelled so that an index that begins with the environment serves."""
        return self.filter(environment__in=["", *Environment.values])
