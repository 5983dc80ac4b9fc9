"""License and Activation together: they change in one transaction."""

from typing import Any

from django.db import models
from django.db.models import Q

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.contracts.models import Contract
from keyturn.licensing.generators.models import Generator, ValidityUnit
from keyturn.licensing.licenses.generated import AddressOrder
from keyturn.licensing.licenses.querysets import ActivationQuerySet, LicenseQuerySet
from keyturn.licensing.licenses.status import DeviceStanding, DeviceStatus, Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer


def _choices(enum: type[Status] | type[DeviceStatus]) -> list[tuple[str, str]]:
    return [(member.value, member.value.title()) for member in enum]


class License(models.Model):
    """A license key and what it permits. `status` is written by lifecycle.py alone.

    `active_devices` counts the active activations; it changes only together with them, under a
    conditional UPDATE, so that the limit holds whatever runs in parallel.
    """

    class Source(models.TextChoices):
        MANUAL = "manual", "Manual"
        API = "api", "API"
        CONTRACT = "contract", "Contract"
        ENVATO = "envato", "Envato"
        IMPORT = "import", "Import"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    environment = models.CharField(max_length=12, choices=Environment)
    license_key = models.CharField(max_length=255)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="licenses")
    generator = models.ForeignKey(Generator, on_delete=models.SET_NULL, null=True, blank=True, related_name="licenses")
    generator_name = models.CharField(max_length=100, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="licenses", db_index=False
    )
    contract = models.ForeignKey(
        Contract, on_delete=models.SET_NULL, null=True, blank=True, related_name="licenses", db_index=False
    )
    status = models.CharField(max_length=9, choices=_choices(Status), default=Status.AVAILABLE)
    reserved = models.BooleanField(default=False)
    prior_status = models.CharField(max_length=9, blank=True)
    status_source = models.CharField(max_length=8, blank=True)
    status_reason = models.CharField(max_length=500, blank=True)
    activation_limit = models.IntegerField(default=1)
    active_devices = models.IntegerField(default=0)
    validity_count = models.IntegerField(null=True, blank=True)
    validity_unit = models.CharField(max_length=6, choices=ValidityUnit, default=ValidityUnit.DAYS)
    expires_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    features = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    order_reference = models.CharField(max_length=191, blank=True)
    source = models.CharField(max_length=8, choices=Source, default=Source.MANUAL)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1)

    objects = LicenseQuerySet.as_manager()

    class Meta:
        db_table = "licenses"
        constraints = [
            models.UniqueConstraint(fields=["environment", "license_key"], name="licenses_key"),
            models.CheckConstraint(condition=Q(environment__in=Environment.values), name="licenses_environment"),
            models.CheckConstraint(condition=Q(status__in=list(Status)), name="licenses_status"),
            models.CheckConstraint(
                condition=Q(activation_limit=-1) | Q(activation_limit__range=(1, 10_000)),
                name="licenses_limit",
            ),
            models.CheckConstraint(condition=Q(active_devices__gte=0), name="licenses_devices"),
            # In stock means nobody's; in use means somebody's (a deleted customer keeps his row).
            models.CheckConstraint(
                condition=~Q(status="available") | Q(customer__isnull=True), name="licenses_stock_unowned"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["assigned", "active"]) | Q(customer__isnull=False),
                name="licenses_use_owned",
            ),
            models.CheckConstraint(condition=Q(reserved=False) | Q(status="available"), name="licenses_reserved_stock"),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at", "-id"], name="licenses_customer"),
            models.Index(fields=["environment", "-created_at", "-id"], name="licenses_newest"),
            models.Index(fields=["environment", "status", "-created_at", "-id"], name="licenses_by_status"),
            models.Index(fields=["environment", "product", "-created_at", "-id"], name="licenses_by_product"),
            models.Index(fields=["environment", "source", "-created_at", "-id"], name="licenses_by_source"),
            models.Index(fields=["environment", "expires_at", "id"], name="licenses_by_expiry"),
            models.Index(fields=["environment", "status", "expires_at", "id"], name="licenses_by_status_expiry"),
            models.Index(fields=["environment", "activation_limit", "id"], name="licenses_by_limit"),
            # Few licenses have one.
            models.Index(fields=["contract", "id"], name="licenses_contract", condition=Q(contract__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Activation(models.Model):
    """One installation: a license in use on one identifier (hardware id or domain)."""

    class Kind(models.TextChoices):
        HARDWARE = "hardware", "Hardware ID"
        DOMAIN = "domain", "Domain"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    license = models.ForeignKey(License, on_delete=models.CASCADE, related_name="activations", db_index=False)
    environment = models.CharField(max_length=12, choices=Environment)
    # The license's product once more: lists of one product's devices follow an index. It never changes
    # while there are devices, and the license guards the reference.
    product = models.ForeignKey(
        Product, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    identifier = models.CharField(max_length=255)
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=8, choices=_choices(DeviceStatus), default=DeviceStatus.ACTIVE)
    activated_at = models.DateTimeField(default=now)
    last_verified_at = models.DateTimeField(null=True, blank=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivated_reason = models.CharField(max_length=500, blank=True)
    activation_ip = models.CharField(max_length=45, blank=True)
    last_ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)
    details = models.JSONField(default=dict, blank=True)
    post_url = models.CharField(max_length=500, blank=True)
    last_ip_order = models.GeneratedField(
        expression=AddressOrder("last_ip"), output_field=models.CharField(max_length=60), db_persist=True
    )

    objects = ActivationQuerySet.as_manager()

    class Meta:
        db_table = "activations"
        constraints = [
            models.UniqueConstraint(
                fields=["license", "identifier"], condition=Q(status="active"), name="activations_one_active"
            ),
            models.CheckConstraint(condition=Q(status__in=list(DeviceStatus)), name="activations_status"),
        ]
        indexes = [
            models.Index(fields=["license", "-activated_at", "-id"], name="activations_license"),
            models.Index(fields=["environment", "-activated_at", "-id"], name="activations_newest"),
            models.Index(fields=["environment", "product", "-activated_at", "-id"], name="activations_by_product"),
            models.Index(fields=["environment", "status", "-activated_at", "-id"], name="activations_by_status"),
            models.Index(fields=["environment", "identifier", "id"], name="activations_by_device"),
            models.Index(fields=["environment", "last_ip_order", "id"], name="activations_by_address"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Know the product of the license."""
        if self.product_id is None:
            self.product_id = self.license.product_id
        super().save(*args, **kwargs)

    @property
    def standing(self) -> DeviceStanding:
        """The state as its owner sees it; needs the license loaded."""
        if self.status == DeviceStatus.INACTIVE:
            return DeviceStanding.INACTIVE
        held = self.license.status == Status.SUSPENDED
        return DeviceStanding.SUSPENDED if held else DeviceStanding.ACTIVE


class Mismatch(models.Model):
    """The last check of a license that did not fit: from a strange device, or from another environment.

    `environment` is that of the API key by which the program asked.
    """

    class Kind(models.TextChoices):
        DEVICE = "device", "Unknown device"
        ENVIRONMENT = "environment", "Other environment"

    # A license that is removed at this very moment must not fail the program's request.
    license = models.ForeignKey(License, models.CASCADE, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind)
    identifier = models.CharField(max_length=255, blank=True)
    environment = models.CharField(max_length=12, choices=Environment)
    at = models.DateTimeField()

    class Meta:
        db_table = "license_mismatches"
        constraints = [models.UniqueConstraint(fields=["license", "kind"], name="license_mismatches_one")]
        indexes = [models.Index(fields=["at"], name="license_mismatches_at")]
