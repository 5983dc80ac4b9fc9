"""Reading products."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.licensing.products.models import Product  # noqa: F401


class ProductQuerySet(models.QuerySet["Product"]):
    """Questions about products."""

    def in_scope(self, actor: Actor) -> Self:
        """Products of the environment in which `actor` works."""
        return self.filter(environment=actor.environment)
