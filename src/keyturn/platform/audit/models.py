"""The append-only record of everything that happened, and the keys that make it forgettable."""

from django.db import models

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.platform.audit.querysets import AuditEventQuerySet


class AuditEvent(models.Model):
    """One thing that happened. The database refuses UPDATE and DELETE (migration 0002).

    Personal data of a customer stands only in `sealed`, encrypted with the customer's own data key:
    destroying that key erases it while the record stays. So `ip` is that of admins, and of programs
    where no customer is concerned.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    at = models.DateTimeField(default=now)
    action = models.CharField(max_length=60)
    environment = models.CharField(max_length=12, blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=36, blank=True)
    actor_label = models.CharField(max_length=150, blank=True)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=36)
    customer_uuid = models.UUIDField(null=True)
    license_uuid = models.UUIDField(null=True)
    changes = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)
    sealed = models.TextField(blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    ip = models.CharField(max_length=45, blank=True, default="")

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        db_table = "audit_events"
        indexes = [
            models.Index(fields=["customer_uuid", "-at", "-id"], name="audit_timeline"),
            models.Index(fields=["license_uuid", "-id"], name="audit_license"),
            models.Index(fields=["subject_id", "at", "id"], name="audit_record"),
            models.Index(
                fields=["actor_id", "environment", "actor_kind", "subject_kind", "action", "at", "id"],
                name="audit_actor",
            ),
            models.Index(fields=["environment", "at", "id"], name="audit_time"),
            models.Index(fields=["environment", "action", "at", "id"], name="audit_action"),
            models.Index(
                fields=["environment", "actor_kind", "subject_kind", "action", "at", "id"], name="audit_kinds"
            ),
        ]


class DataKey(models.Model):
    """The key that seals one customer's personal data in audit events; deleting it erases them."""

    owner = models.UUIDField(primary_key=True)
    sealed_key = models.TextField()

    class Meta:
        db_table = "data_keys"
