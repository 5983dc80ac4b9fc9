"""API keys: how programs prove which vendor and environment they belong to."""

from django.db import models

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.people.apikeys.catalog import ALL, summary
from keyturn.people.apikeys.querysets import ApiKeyQuerySet
from keyturn.people.customers.models import Customer

__all__ = ["ALL", "ApiKey", "StoredAnswer"]
DESCRIPTION_LENGTH = 1000


class ApiKey(models.Model):
    """A key of which only the hash is kept. `capabilities` holds endpoint names, or ["*"]."""

    class Profile(models.TextChoices):
        AUTO = "", "By user agent"
        DOCUMENT = "document", "Document"
        SDK = "sdk", "SDK"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=12, choices=Environment)
    key_hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=16)
    # Of keys made before these were kept, unknown.
    last_characters = models.CharField(max_length=4, blank=True, default="")
    description = models.CharField(max_length=DESCRIPTION_LENGTH, blank=True, default="")
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    capabilities = models.JSONField(default=list)
    # Whose licenses alone exist for this key. The row of a deleted customer stays while a key names it:
    # without it the key would see everything.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="api_keys")
    ip_allow = models.JSONField(default=list)
    rate_limit = models.IntegerField(default=60)
    default_product = models.UUIDField(null=True, blank=True)
    profile = models.CharField(max_length=10, choices=Profile, blank=True, default=Profile.AUTO)
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        db_table = "api_keys"
        constraints = [
            models.CheckConstraint(condition=models.Q(environment__in=Environment.values), name="api_keys_environment"),
            models.CheckConstraint(condition=models.Q(rate_limit__gte=0), name="api_keys_rate_limit"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """active, inactive or expired, as of now."""
        if not self.is_active:
            return "inactive"
        return "expired" if self.expires_at is not None and now() > self.expires_at else "active"

    @property
    def masked(self) -> str:
        """All of the key that may ever be shown again."""
        return f"{self.prefix}••••{self.last_characters}"

    @property
    def grants(self) -> list[str]:
        """What it may do, in few words each."""
        return list(summary(self.capabilities))


class StoredAnswer(models.Model):
    """What a request with an idempotency key was answered, for a day. The body holds personal data: it is sealed."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    endpoint = models.CharField(max_length=40)
    token_hash = models.CharField(max_length=64)
    payload_hash = models.CharField(max_length=64)
    code = models.IntegerField()
    status = models.IntegerField()
    sealed_body = models.TextField()
    at = models.DateTimeField(default=now)

    class Meta:
        db_table = "api_answers"
        constraints = [models.UniqueConstraint(fields=["api_key", "endpoint", "token_hash"], name="api_answers_token")]
        indexes = [models.Index(fields=["at"], name="api_answers_at")]
