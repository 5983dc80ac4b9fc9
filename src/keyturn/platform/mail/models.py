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


class EmailTemplate(models.Model):
    """A template as the vendor has it; a built-in one without a row here uses its default text."""

    class Format(models.TextChoices):
        MARKDOWN = "markdown", "Markdown"
        HTML = "html", "HTML"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    slug = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=150)
    category = models.CharField(max_length=60)
    subject = models.CharField(max_length=255)
    body = models.TextField()
    format = models.CharField(max_length=8, choices=Format, default=Format.MARKDOWN)
    text = models.TextField(blank=True)
    variables = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    sent_count = models.IntegerField(default=0)
    last_sent = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "email_templates"


class TemplateVersion(models.Model):
    """A template as it was saved once."""

    template = models.ForeignKey(EmailTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    subject = models.CharField(max_length=255)
    body = models.TextField()
    format = models.CharField(max_length=8)
    text = models.TextField(blank=True)
    variables = models.JSONField(default=list)
    saved_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "email_template_versions"
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="email_template_version")]
