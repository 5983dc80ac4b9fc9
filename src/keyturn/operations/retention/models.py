"""Retention policies."""

from django.db import models
from django.db.models import Q

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.operations.retention.querysets import PolicyQuerySet


class EntityType(models.TextChoices):
    """What can be purged; nothing else can (RET-07)."""

    SYSTEM_LOGS = "system_logs", "System Logs"
    TELEMETRY = "telemetry_records", "Telemetry Records"
    DELIVERIES = "webhook_deliveries", "Webhook Deliveries"
    EXECUTIONS = "job_executions", "Job Execution Logs"


class Policy(models.Model):
    """Rows of a kind and environment go when they are older than `days`. Without a policy they stay.

    `purging_since` and `purged_rows` tell of a run under way: one that was interrupted goes on counting.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    environment = models.CharField(max_length=12, choices=Environment)
    entity_type = models.CharField(max_length=20, choices=EntityType)
    days = models.SmallIntegerField()
    is_enabled = models.BooleanField(default=True)
    purging_since = models.DateTimeField(null=True)
    purged_rows = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        db_table = "retention_policies"
        constraints = [
            models.UniqueConstraint(fields=["environment", "entity_type"], name="retention_one_a_kind"),
            models.CheckConstraint(condition=Q(environment__in=Environment.values), name="retention_environment"),
            models.CheckConstraint(condition=Q(entity_type__in=EntityType.values), name="retention_entity_type"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=730), name="retention_days"),
        ]

    def __str__(self) -> str:
        return f"{self.get_entity_type_display()}, {self.get_environment_display()}"
