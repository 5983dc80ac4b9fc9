"""Reading telemetry."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.licensing.telemetry.models import TelemetryRecord  # noqa: F401


class TelemetryRecordQuerySet(models.QuerySet["TelemetryRecord"]):
    """Questions about records."""

    def in_scope(self, actor: Actor) -> Self:
        """Records of the environment in which `actor` works; of one customer, if he is all that `actor` sees."""
        rows = self.filter(environment=actor.environment)
        return rows if actor.customer_id is None else rows.filter(customer_id=actor.customer_id)

    def newest(self) -> Self:
        """The latest first."""
        return self.order_by("-at", "-id")
