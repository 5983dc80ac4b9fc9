"""Reading imports."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.operations.imports.models import Import  # noqa: F401


class ImportQuerySet(models.QuerySet["Import"]):
    """Questions about imports."""

    def in_scope(self, actor: Actor) -> Self:
        """Imports into the environment in which `actor` works."""
        return self.filter(environment=actor.environment)
