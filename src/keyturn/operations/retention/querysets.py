"""Reading policies."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.operations.retention.models import Policy  # noqa: F401


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Questions about policies."""

    def in_scope(self, actor: Actor) -> Self:
        """Policies of the environment in which `actor` works."""
        return self.filter(environment=actor.environment)

    def enabled(self) -> Self:
        """Those that are carried out, in a fixed order."""
        return self.filter(is_enabled=True).order_by("entity_type", "environment")
