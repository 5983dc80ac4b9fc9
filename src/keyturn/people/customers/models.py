"""Customers: the people who own licenses."""

from django.db import models
from django.db.models.functions import Lower

from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.people.customers.sorting import SortNameField

NAME_LENGTH = 255


class Customer(models.Model):
    """One person, known by an e-mail address that never changes.

    The database refuses another spelling of a known address, and any change of the address except
    its removal when the account is erased (`erased_at`).
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"
        SUSPENDED = "suspended", "Suspended"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    sort_name = SortNameField(max_length=NAME_LENGTH, null=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    joined_at = models.DateTimeField(default=now)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    last_login_at = models.DateTimeField(null=True, blank=True)
    totp_enabled_at = models.DateTimeField(null=True, blank=True)
    password = models.CharField(max_length=128, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "customers"
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="customers_email_lower"),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "inactive", "suspended"]), name="customers_status"
            ),
        ]
        # Two partial indexes on the name and the search are in migrations 0003 and 0007.
        indexes = [
            models.Index(fields=["joined_at", "id"], name="customers_joined"),
            models.Index(fields=["email", "id"], name="customers_by_email"),
            models.Index(fields=["status", "joined_at", "id"], name="customers_by_status"),
            models.Index(fields=["erased_at"], condition=models.Q(erased_at__isnull=False), name="customers_erased"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class CustomerSettings(models.Model):
    """What a customer chose in the Client Portal; who chose nothing has no row and the defaults."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="settings")
    timezone = models.CharField(max_length=64, default="UTC")
    email_notifications = models.BooleanField(default=True)
    security_alerts = models.BooleanField(default=True)

    class Meta:
        db_table = "customer_settings"
