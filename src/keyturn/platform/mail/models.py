"""The Outbox: every mail the product has sent, is sending, or keeps."""

from django.db import models

from keyturn.core.clock import now
from keyturn.core.ids import uuid7


class Message(models.Model):
    """One mail. Whom it is for and what it says stand only in `sealed`.

    `sealed` is encrypted with the data key of `customer`, or with the installation's key when the mail is
    about nobody. The text is removed once the mail is sent; recipient and subject stay. `key` is the hash
    of what makes the mail one per event. `job` names the one job that may send it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        KEPT = "kept", "Kept"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - many mails without a key
    template = models.CharField(max_length=100)
    customer = models.UUIDField(null=True)
    sealed = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State)
    job = models.UUIDField(null=True)
    attempts = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messages"
        indexes = [
            models.Index(fields=["-at", "-id"], name="messages_at"),
            models.Index(fields=["state", "-at", "-id"], name="messages_state"),
            models.Index(fields=["customer", "-at"], name="messages_customer"),
        ]
