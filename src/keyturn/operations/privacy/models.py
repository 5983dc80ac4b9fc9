"""The compliance log: every delivery of a customer's data, and every deletion (CUS-44)."""

from django.db import models

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.people.customers.models import Customer


class Kind(models.TextChoices):
    EXPORT = "export", "Export"
    DELETION = "deletion", "Deletion"


class Delivery(models.TextChoices):
    DOWNLOAD = "download", "Download by admin"
    PORTAL = "portal", "Client Portal"
    LINK = "link", "Link by e-mail"
    NONE = "none", "–"


class ComplianceRecord(models.Model):
    """One export or deletion, written when it is done. The database refuses UPDATE and DELETE.

    Name and e-mail stand only in `sealed`, under the customer's own key: they go when he is deleted.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    customer_uuid = models.UUIDField()
    sealed = models.TextField(blank=True)
    format = models.CharField(max_length=4, blank=True)
    delivery = models.CharField(max_length=8, choices=Delivery)
    requested_at = models.DateTimeField(default=now)
    delivered_at = models.DateTimeField(default=now)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=36, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "compliance_log"
        indexes = [models.Index(fields=["-requested_at", "-id"], name="compliance_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.uuid}"


class PreparedExport(models.Model):
    """A file that a job makes, sealed with the customer's key; it goes when it expires or he is deleted."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    format = models.CharField(max_length=4)
    delivery = models.CharField(max_length=8, choices=Delivery)
    sealed = models.TextField(blank=True)
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    job = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=36, blank=True)
    requested_at = models.DateTimeField(default=now)
    delivered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "prepared_exports"
