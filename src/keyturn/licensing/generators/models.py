"""Generators: templates for the licenses of one product."""

from django.db import models

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.generators.querysets import GeneratorQuerySet
from keyturn.licensing.products.models import Product

# A-Z and 2-9 without the look-alikes I, O, 0, 1, 5 and S.
READABLE = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"


class ValidityUnit(models.TextChoices):
    DAYS = "days", "Days"
    MONTHS = "months", "Months"
    YEARS = "years", "Years"


def in_words(count: int, unit: str) -> str:
    """`1 year`, `30 days`."""
    return f"{count} {unit.removesuffix('s') if count == 1 else unit}"


class Generator(models.Model):
    """Key format, limits, validity, features and metadata of the licenses it makes."""

    class Type(models.TextChoices):
        UUID = "uuid", "UUID"
        CHUNK = "chunk", "Chunks"
        CUSTOM = "custom", "Custom"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    environment = models.CharField(max_length=12, choices=Environment)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="generators")
    name = models.CharField(max_length=100)
    description = models.TextField(max_length=2000, blank=True)
    type = models.CharField(max_length=6, choices=Type, default=Type.UUID)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    prefix = models.CharField(max_length=20, blank=True)
    suffix = models.CharField(max_length=20, blank=True)
    length = models.IntegerField(default=16)
    segment_length = models.IntegerField(default=4)
    separator = models.CharField(max_length=1, default="-")
    charset = models.CharField(max_length=64, default=READABLE)
    function_name = models.CharField(max_length=64, blank=True)
    validation_pattern = models.CharField(max_length=200, blank=True)
    activation_limit = models.IntegerField(default=1)
    validity_count = models.IntegerField(null=True, blank=True)
    validity_unit = models.CharField(max_length=6, choices=ValidityUnit, default=ValidityUnit.DAYS)
    features = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    generated = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1)

    objects = GeneratorQuerySet.as_manager()

    class Meta:
        db_table = "generators"
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="generators_name"),
            models.CheckConstraint(
                condition=models.Q(activation_limit=-1) | models.Q(activation_limit__range=(1, 1000)),
                name="generators_limit",
            ),
            models.CheckConstraint(
                condition=models.Q(validity_count__isnull=True) | models.Q(validity_count__gte=1),
                name="generators_validity",
            ),
            models.CheckConstraint(condition=models.Q(type__in=["uuid", "chunk", "custom"]), name="generators_type"),
        ]
        indexes = [models.Index(fields=["environment", "-created_at", "-id"], name="generators_newest")]

    def __str__(self) -> str:
        return self.name
