"""Webhooks, what they are to be told, and every attempt at telling it."""

from django.db import models
from django.db.models import Q

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.platform.webhooks.catalog import CALLBACKS
from keyturn.platform.webhooks.querysets import DeliveryQuerySet, WebhookQuerySet


class Webhook(models.Model):
    """An address that is told of the events of one environment. The secret signs, so it is kept sealed."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    environment = models.CharField(max_length=12, choices=Environment)
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    description = models.CharField(max_length=1000, blank=True, default="")
    is_active = models.BooleanField(default=True)
    sealed_secret = models.TextField()
    # Since when every attempt has failed; None after a success.
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        db_table = "webhooks"
        constraints = [
            models.CheckConstraint(condition=Q(environment__in=Environment.values), name="webhooks_environment"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """active or inactive."""
        return "active" if self.is_active else "inactive"


class Event(models.Model):
    """Something that happened while somebody listened; what is told of it, the same at every attempt.

    The payload holds keys and personal data. It is sealed: with the key of the customer it is about, so
    that it goes with him, else with the installation's.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=40)
    environment = models.CharField(max_length=12)
    customer = models.UUIDField(null=True)
    sealed_payload = models.TextField()
    at = models.DateTimeField(default=now)

    class Meta:
        db_table = "webhook_events"
        indexes = [models.Index(fields=["at"], name="webhook_events_at")]


# What the reason of a delivery begins with that was given up before it was sent.
CANCELLED = "Cancelled: "


class Delivery(models.Model):
    """One attempt: waiting (`at` is when it is due), or made at `at`. Once made it never changes.

    `message` is the id that the receiver sees, the same for all attempts at one event and webhook.
    `claim` is that of the job which is sending it: when no job holds it any more, the attempt is made again.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        SUCCESS = "success", "Success"
        FAILED = "failed", "Failed"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    message = models.UUIDField(default=uuid7)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    event_name = models.CharField(max_length=40)
    environment = models.CharField(max_length=12)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.SET_NULL, null=True, related_name="deliveries", db_index=False
    )
    webhook_uuid = models.UUIDField()
    webhook_name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING)
    attempt = models.SmallIntegerField(default=1)
    # The UUID of the failed attempt that somebody asked to repeat; it may be purged before this one.
    retry_of = models.UUIDField(null=True)
    at = models.DateTimeField(default=now)
    claim = models.UUIDField(null=True)
    code = models.SmallIntegerField(null=True)
    millis = models.IntegerField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    sealed_exchange = models.TextField(blank=True, default="")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        db_table = "webhook_deliveries"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["pending", "success", "failed"]), name="deliveries_status"),
        ]
        indexes = [
            models.Index(fields=["webhook", "at", "id"], name="deliveries_due", condition=Q(status="pending")),
            models.Index(fields=["-at", "-id"], name="deliveries_newest"),
            models.Index(fields=["status", "-at", "-id"], name="deliveries_by_status"),
            models.Index(fields=["webhook_uuid", "-at", "-id"], name="deliveries_by_webhook"),
            models.Index(fields=["message", "id"], name="deliveries_message"),
            # Retention deletes along this one.
            models.Index(fields=["environment", "at"], name="deliveries_retention"),
        ]

    @property
    def was_cancelled(self) -> bool:
        """Whether it was given up before it was sent; `at` is then when."""
        return self.status == self.Status.FAILED and self.error.startswith(CANCELLED)

    @property
    def is_callback(self) -> bool:
        """Whether it goes to an address that a program left with its request, not to a webhook."""
        return self.webhook_uuid == CALLBACKS


class DeliveryCount(models.Model):
    """How many purged attempts of one webhook and day (UTC) had succeeded and failed."""

    webhook_uuid = models.UUIDField()
    environment = models.CharField(max_length=12)
    day = models.DateField()
    succeeded = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)

    class Meta:
        db_table = "webhook_delivery_counts"
        constraints = [models.UniqueConstraint(fields=["webhook_uuid", "day"], name="delivery_counts_one_a_day")]
