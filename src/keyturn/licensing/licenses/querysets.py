"""Reading licenses and activations."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from keyturn.access.actors import Actor
from keyturn.licensing.licenses.status import DeviceStatus, Status

if TYPE_CHECKING:
    from keyturn.licensing.licenses.models import Activation, License  # noqa: F401
    from keyturn.people.customers.models import Customer


class LicenseQuerySet(models.QuerySet["License"]):
    """Questions about licenses."""

    def in_scope(self, actor: Actor) -> Self:
        """Licenses of the environment in which `actor` works."""
        return self.filter(environment=actor.environment)

    def of(self, customer: "Customer") -> Self:
        """Licenses that `customer` owns, in every environment."""
        return self.filter(customer=customer)


class ActivationQuerySet(models.QuerySet["Activation"]):
    """Questions about activations."""

    def in_scope(self, actor: Actor) -> Self:
        """Activations of the environment in which `actor` works."""
        return self.filter(environment=actor.environment)

    def of(self, customer: "Customer") -> Self:
        """Activations of the licenses that `customer` owns."""
        return self.filter(license__customer=customer)

    def active_first(self) -> Self:
        """Active devices first, then the newest."""
        return self.order_by("status", "-activated_at", "-id")

    def silent_since(self, moment: datetime) -> Self:
        """Active devices not heard of since `moment` (CUS-14)."""
        heard = Q(last_verified_at__lt=moment) | Q(last_verified_at__isnull=True, activated_at__lt=moment)
        return self.filter(heard, status=DeviceStatus.ACTIVE)

    def on_full_licenses(self) -> Self:
        """Activations of licenses in use that have no room for another device."""
        return self.filter(
            license__status__in=(Status.ASSIGNED, Status.ACTIVE),
            license__activation_limit__gt=0,
            license__active_devices__gte=F("license__activation_limit"),
        )
