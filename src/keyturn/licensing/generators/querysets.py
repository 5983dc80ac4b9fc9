"""Reading generators."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.licensing.generators.models import Generator  # noqa: F401


class GeneratorQuerySet(models.QuerySet["Generator"]):
    """Questions about generators."""

    def in_scope(self, actor: Actor) -> Self:
        """Generators of the environment in which `actor` works; for who sees one customer, those of his licenses."""
        rows = self.filter(environment=actor.environment)
        if actor.customer_id is None:
            return rows
        return rows.filter(pk__in=self.model.objects.filter(licenses__customer_id=actor.customer_id).values("pk"))

    def ready(self, actor: Actor) -> Self:
        """Generators in scope that may make licenses now, as far as rows can tell."""
        return self.in_scope(actor).filter(status="active", product__status="active", product__killed_at=None)

    def search(self, term: str) -> Self:
        """Generators whose name, description or product's name contains `term`."""
        named = models.Q(name__icontains=term) | models.Q(description__icontains=term)
        return self.filter(named | models.Q(product__name__icontains=term))
