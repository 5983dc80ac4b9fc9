"""Reading telemetry."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.licensing.telemetry.models import TelemetryRecord  # noqa: F401


class TelemetryRecordQuerySet(models.QuerySet["TelemetryRecord"]):
    """Questions about records."""

    def in_scope(self, actor: Actor) -> Self:
        """Records of the environment in which `actor` works."""
        return self.filter(environment=actor.environment)

    def newest(self) -> Self:
        """The latest first."""
        return self.order_by("-at", "-id")
