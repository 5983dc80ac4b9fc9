"""Reading licenses and activations."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

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
