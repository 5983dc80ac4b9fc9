"""What products in the field report about themselves."""

from django.db import models

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.licensing.telemetry.querysets import TelemetryRecordQuerySet
from keyturn.people.customers.models import Customer


class DataType(models.TextChoices):
    NUMBER = "numeric-single-value", "Number"
    POINT = "numeric-xy-axis", "Point"
    TEXT = "text", "Text"


class Reason(models.TextChoices):
    """Why a record is suspicious, besides a wrong format and names that are not known."""

    INVALID_LICENSE = "invalid_license", "Invalid License"
    BYPASSED_ACTIVATION = "bypassed_activation", "Bypassed Activation"
    REVOKED_LICENSE = "revoked_license", "Revoked License"
    EXPIRED_LICENSE = "expired_license", "Expired License"
    ENVIRONMENT_MISMATCH = "environment_mismatch", "Environment Mismatch"


class TelemetryRecord(models.Model):
    """One report, as it came, with what was found out about it then. Evidence: the database refuses changes.

    It outlives what it names, so references are without constraints. `product_named` is what the sender
    called its product; `received` the parameters as JSON text, cut when they are too long; `errors` maps
    a parameter to "missing" or "invalid". Deleting a customer blanks what is personal.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    at = models.DateTimeField(default=now)
    environment = models.CharField(max_length=12, choices=Environment)
    product = models.ForeignKey(
        Product, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    license = models.ForeignKey(
        License, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    product_named = models.CharField(max_length=100, blank=True)
    product_version = models.CharField(max_length=100, blank=True)
    license_key = models.CharField(max_length=255, blank=True)
    activation_identifier = models.CharField(max_length=255, blank=True)
    user_identifier = models.CharField(max_length=255, blank=True)
    data_type = models.CharField(max_length=100, blank=True)
    data_group = models.CharField(max_length=100, blank=True)
    data = models.TextField(blank=True)
    received = models.TextField(blank=True)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)
    is_correct_format = models.BooleanField()
    license_key_exists = models.BooleanField()
    product_exists = models.BooleanField()
    product_version_exists = models.BooleanField()
    has_red_flags = models.BooleanField()
    reasons = models.JSONField(default=list)
    errors = models.JSONField(default=dict)

    objects = TelemetryRecordQuerySet.as_manager()

    class Meta:
        db_table = "telemetry_records"
        indexes = [
            # Retention deletes along the first one.
            models.Index(fields=["environment", "-at", "-id"], name="telemetry_newest"),
            models.Index(fields=["environment", "product", "-at", "-id"], name="telemetry_by_product"),
            models.Index(fields=["environment", "license_key", "-at", "-id"], name="telemetry_by_key"),
            models.Index(fields=["environment", "data_group", "-at", "-id"], name="telemetry_by_group"),
            models.Index(
                fields=["environment", "-at", "-id"],
                name="telemetry_flagged",
                condition=models.Q(has_red_flags=True),
            ),
            models.Index(fields=["license"], name="telemetry_license"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def reason_labels(self) -> list[str]:
        """The reasons as people read them."""
        return [Reason(reason).label for reason in self.reasons]


class TelemetryCount(models.Model):
    """How many purged records of one product and day (UTC) carried a flag; product 0 stands for none.

    `flag` is "flagged" or "clean", of which each record has one, or a Reason, of which it may have several.
    """

    environment = models.CharField(max_length=12)
    product_id = models.BigIntegerField(default=0)
    day = models.DateField()
    flag = models.CharField(max_length=30)
    records = models.BigIntegerField(default=0)

    class Meta:
        db_table = "telemetry_counts"
        constraints = [
            models.UniqueConstraint(fields=["environment", "day", "product_id", "flag"], name="telemetry_counts_one"),
        ]
