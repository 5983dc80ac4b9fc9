"""Reading licenses and activations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Count, F, Q, Sum

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.licenses.status import DeviceStanding, DeviceStatus, Status
from keyturn.platform.audit.models import AuditEvent

if TYPE_CHECKING:
    from keyturn.licensing.licenses.models import Activation, License  # noqa: F401
    from keyturn.people.customers.models import Customer

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer has: licenses in every state, of them active and soon to expire; devices; products."""

    total: int
    active: int
    expiring: int
    devices: int
    products: int


class LicenseQuerySet(models.QuerySet["License"]):
    """Questions about licenses."""

    def in_scope(self, actor: Actor) -> Self:
        """Licenses of the environment in which `actor` works; of one customer, if he is all that `actor` sees."""
        rows = self.filter(environment=actor.environment)
        return rows if actor.customer_id is None else rows.filter(customer_id=actor.customer_id)

    def of_batch(self, generator: UUID, job: UUID) -> Self:
        """Licenses that the generator of that UUID made in that job."""
        parts = AuditEvent.objects.filter(
            subject_kind="generator", subject_id=str(generator), action="generator.batch", request_id=str(job)
        )
        made = (changes.get("licenses", []) for changes in parts.values_list("changes", flat=True))
        return self.filter(generator__uuid=generator, pk__in=list(chain.from_iterable(made)))

    def of(self, customer: "Customer") -> Self:
        """Licenses that `customer` owns, in every environment."""
        return self.filter(customer=customer)

    def named(self, term: str) -> Self:
        """Licenses whose key or product contains `term`."""
        return self.filter(Q(license_key__icontains=term) | Q(product__name__icontains=term))

    def latest_assigned(self) -> Self:
        """Those that came last to their owner first."""
        return self.order_by(F("assigned_at").desc(nulls_last=True), "-pk")

    def figures(self) -> Figures:
        """Counts over these licenses, in one query (CLP-10)."""
        soon = Q(expires_at__gt=now(), expires_at__lte=now() + SOON) & ~Q(status=Status.REVOKED)
        counted = self.order_by().aggregate(
            total=Count("pk"),
            active=Count("pk", filter=Q(status=Status.ACTIVE)),
            expiring=Count("pk", filter=soon),
            devices=Sum("active_devices", default=0),
            products=Count("product", distinct=True),
        )
        return Figures(**counted)


class ActivationQuerySet(models.QuerySet["Activation"]):
    """Questions about activations."""

    def in_scope(self, actor: Actor) -> Self:
        """Activations of the licenses in scope."""
        rows = self.filter(environment=actor.environment)
        return rows if actor.customer_id is None else rows.filter(license__customer_id=actor.customer_id)

    def of(self, customer: "Customer") -> Self:
        """Activations of the licenses that `customer` owns."""
        return self.filter(license__customer=customer)

    def active_first(self) -> Self:
        """Active devices first, then the newest."""
        return self.order_by("status", "-activated_at", "-id")

    def named(self, term: str) -> Self:
        """Devices whose identifier contains `term`."""
        return self.filter(identifier__icontains=term)

    def standing(self, standing: str) -> Self:
        """Devices that their owner sees as active, suspended (with their license) or inactive."""
        if standing == DeviceStanding.INACTIVE:
            return self.filter(status=DeviceStatus.INACTIVE)
        held = Q(license__status=Status.SUSPENDED)
        return self.filter(held if standing == DeviceStanding.SUSPENDED else ~held, status=DeviceStatus.ACTIVE)

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
