"""Products: what is licensed."""

from django.db import models

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.products.querysets import ProductQuerySet


class Product(models.Model):
    """A licensable item of one environment."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

    class Source(models.TextChoices):
        MANUAL = "manual", "Manual"
        API = "api", "API"
        CONTRACT = "contract", "Contract"
        ENVATO = "envato", "Envato"
        IMPORT = "import", "Import"

    class Algorithm(models.TextChoices):
        RSA_SHA256 = "rsa-sha256", "RSA-SHA256"
        RSA_SHA512 = "rsa-sha512", "RSA-SHA512"
        ED25519 = "ed25519", "Ed25519"

    class KeySize(models.IntegerChoices):
        RSA_2048 = 2048, "2048 bits"
        RSA_3072 = 3072, "3072 bits"
        RSA_4096 = 4096, "4096 bits (recommended)"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    environment = models.CharField(max_length=12, choices=Environment)
    name = models.CharField(max_length=150)
    slug = models.CharField(max_length=100)
    description = models.TextField(max_length=2000, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    killed_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=8, choices=Source, default=Source.MANUAL)
    external_reference = models.CharField(max_length=100, blank=True)
    signing_algorithm = models.CharField(max_length=10, choices=Algorithm, default=Algorithm.RSA_SHA256)
    key_bits = models.IntegerField(choices=KeySize, default=KeySize.RSA_4096)
    require_license = models.BooleanField(default=True)
    email_on_issue = models.BooleanField(default=True)
    changelog_enabled = models.BooleanField(default=False)
    identifier_required = models.BooleanField(default=False)
    offline_allowed = models.BooleanField(default=True)
    downloads_before_activation = models.BooleanField(default=True)
    # Ending of the stored image's name, such as png; empty without an image.
    image = models.CharField(max_length=4, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1)

    objects = ProductQuerySet.as_manager()

    class Meta:
        db_table = "products"
        constraints = [
            models.UniqueConstraint(fields=["environment", "slug"], name="products_slug"),
            models.CheckConstraint(condition=models.Q(environment__in=Environment.values), name="products_environment"),
            models.CheckConstraint(condition=models.Q(status__in=["active", "inactive"]), name="products_status"),
            models.CheckConstraint(condition=models.Q(key_bits__in=[2048, 3072, 4096]), name="products_key_bits"),
        ]
        indexes = [models.Index(fields=["environment", "-created_at", "-id"], name="products_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def has_rsa(self) -> bool:
        """Whether new keys are RSA, of which alone the size is chosen."""
        return self.signing_algorithm != self.Algorithm.ED25519


class Feature(models.Model):
    """A feature template of a product, copied into each license when it is made."""

    class Type(models.TextChoices):
        BOOLEAN = "boolean", "Yes or no"
        NUMBER = "number", "Number"
        STRING = "string", "Text"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="features")
    key = models.CharField(max_length=64)
    label = models.CharField(max_length=100)
    type = models.CharField(max_length=8, choices=Type)
    default = models.JSONField(null=True, blank=True)
    description = models.CharField(max_length=500, blank=True)
    position = models.IntegerField(default=0)

    class Meta:
        db_table = "product_features"
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "key"], name="product_features_key")]
