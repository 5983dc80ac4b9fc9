"""What programs asked of the API, and the system log that admins read."""

from django.db import models
from django.db.models import Q

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.platform.logs.querysets import REFUSALS, LogEntryQuerySet, RequestLogQuerySet


class RequestLog(models.Model):
    """One API request. Written by hand-made SQL on the verify path: keep columns and order in step with it.

    No foreign keys: rows outlive what they name, and an insert must not lock the rows they point at.
    """

    at = models.DateTimeField(default=now)
    environment = models.CharField(max_length=12, blank=True)
    endpoint = models.CharField(max_length=40)
    code = models.IntegerField()
    status = models.SmallIntegerField()
    api_key_id = models.BigIntegerField(null=True)
    license_id = models.BigIntegerField(null=True)
    key_start = models.CharField(max_length=8, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    micros = models.IntegerField(default=0)

    objects = RequestLogQuerySet.as_manager()

    class Meta:
        db_table = "request_log"
        indexes = [
            # Of refusals alone, so that the answers that are many cost nothing.
            models.Index(
                fields=["license_id", "-id"], condition=models.Q(code__in=REFUSALS), name="request_log_refused"
            )
        ]


class Level(models.IntegerChoices):
    """How grave an entry is; ordered, so that sorting by it sorts by severity."""

    DEBUG = 10, "Debug"
    INFO = 20, "Info"
    WARNING = 30, "Warning"
    ERROR = 40, "Error"


class Category(models.TextChoices):
    """Where an entry comes from."""

    DASHBOARD = "dashboard", "Dashboard"
    PORTAL = "portal", "Client Portal"
    API = "api", "API"
    BLOCKED = "blocked", "Blocklisted"
    JOBS = "jobs", "Jobs"
    WEBHOOKS = "webhooks", "Webhooks"
    SYSTEM = "system", "System"


def _index(column: str, condition: Q | None, name: str = "", *, prefix: bool = False) -> models.Index:
    """Of a column within an environment, in order of time; with `prefix` PostgreSQL finds its beginnings, too."""
    fields = ["environment", column, "at", "id"]
    classes = ["varchar_ops", "varchar_pattern_ops", "timestamptz_ops", "int8_ops"] if prefix else []
    return models.Index(fields=fields, condition=condition, name=name or f"log_{column}", opclasses=classes)


class LogEntry(models.Model):
    """One row of the system log. Written in batches after the request (`writer`), never changed.

    The database refuses updates but for blanking `ip` (migration 0004); retention deletes rows. `message`
    is one of a few hundred fixed texts, never built from data: the search relies on it. `context` holds
    what the detail panel shows. No foreign keys: rows outlive what they name.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    at = models.DateTimeField(default=now)
    environment = models.CharField(max_length=12, blank=True)
    level = models.SmallIntegerField(choices=Level, default=Level.INFO)
    category = models.CharField(max_length=10, choices=Category)
    action = models.CharField(max_length=60)
    message = models.CharField(max_length=150, blank=True)
    resource_kind = models.CharField(max_length=20, blank=True)
    resource_id = models.CharField(max_length=36, blank=True)
    user_kind = models.CharField(max_length=10, blank=True)
    user_id = models.CharField(max_length=36, blank=True)
    user_label = models.CharField(max_length=150, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    # Starts of a license key and of an API key: all of them that a log may hold.
    license_start = models.CharField(max_length=8, blank=True)
    key_start = models.CharField(max_length=16, blank=True)
    license_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=36, blank=True)
    context = models.JSONField(default=dict)

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        db_table = "log_entries"
        # What most entries have in common stands in no index but the first two: it would cost every request.
        indexes = [
            models.Index(fields=["environment", "at", "id"], name="log_time"),
            models.Index(fields=["environment", "category", "level", "action", "at", "id"], name="log_kinds"),
            _index("ip", None, prefix=True),
            _index("message", ~Q(message="")),
            _index("resource_kind", ~Q(resource_kind__in=["", "license"]), "log_resource"),
            _index("user_id", Q(user_kind__in=["admin", "customer"]), "log_user"),
            _index("license_start", ~Q(license_start=""), "log_license", prefix=True),
            _index("key_start", ~Q(key_start=""), "log_key", prefix=True),
            models.Index(fields=["request_id", "at", "id"], condition=~Q(request_id=""), name="log_request"),
        ]
