"""Reading webhooks and deliveries."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from keyturn.platform.webhooks.models import Delivery, Webhook  # noqa: F401


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks of every environment."""

    def search(self, term: str) -> Self:
        """Those with `term` in name or URL, in any case."""
        return self.filter(Q(name__icontains=term) | Q(url__icontains=term))

    def listening(self, environments: Collection[str], events: Collection[str]) -> list["Webhook"]:
        """Active ones of these environments that want at least one of `events`."""
        rows = self.filter(environment__in=environments, is_active=True).order_by("pk")
        return [row for row in rows if not set(events).isdisjoint(row.events)]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Attempts, made and waiting."""

    def search(self, term: str) -> Self:
        """Those with `term` in the webhook's name, the event or the URL, in any case."""
        return self.filter(Q(webhook_name__icontains=term) | Q(event_name__icontains=term) | Q(url__icontains=term))

    def of_group(self, name: str) -> Self:
        """Those of one group of events, such as "license"."""
        return self.filter(event_name__startswith=f"{name}.")

    def waiting(self) -> Self:
        """Those that nobody is sending."""
        return self.filter(status="pending", claim=None)

    def due(self, moment: datetime) -> Self:
        """Those that can be sent now."""
        return self.waiting().filter(at__lte=moment)
