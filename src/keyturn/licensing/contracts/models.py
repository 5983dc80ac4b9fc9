"""Contracts: who may generate how many licenses of one product."""

from django.db import models
from django.db.models import F, Q

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.ids import uuid7
from keyturn.licensing.contracts.querysets import ContractQuerySet
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.products.models import Product


class Contract(models.Model):
    """A quota of licenses. `generated` counts keys ever generated: destroying one returns nothing."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    environment = models.CharField(max_length=12, choices=Environment)
    contract_key = models.CharField(max_length=150)
    name = models.CharField(max_length=150)
    information = models.TextField(max_length=2000, blank=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="contracts")
    generator = models.ForeignKey(Generator, on_delete=models.SET_NULL, null=True, blank=True, related_name="contracts")
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    quota = models.IntegerField()
    generated = models.IntegerField(default=0)
    can_get_info = models.BooleanField(default=True)
    can_generate = models.BooleanField(default=True)
    can_destroy = models.BooleanField(default=False)
    can_destroy_all = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1)

    objects = ContractQuerySet.as_manager()

    class Meta:
        db_table = "contracts"
        constraints = [
            models.UniqueConstraint(fields=["environment", "contract_key"], name="contracts_key"),
            models.CheckConstraint(condition=Q(environment__in=Environment.values), name="contracts_environment"),
            models.CheckConstraint(condition=Q(status__in=["active", "inactive"]), name="contracts_status"),
            models.CheckConstraint(
                condition=Q(quota__gte=1, generated__gte=0, generated__lte=F("quota")), name="contracts_quota"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def remaining(self) -> int:
        """How many licenses may still be generated."""
        return self.quota - self.generated
