"""Reading products."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, Replace

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.licensing.products.models import Product  # noqa: F401


class ProductQuerySet(models.QuerySet["Product"]):
    """Questions about products."""

    def in_scope(self, actor: Actor) -> Self:
        """Products of the environment in which `actor` works; for who sees one customer, those licensed to him."""
        rows = self.filter(environment=actor.environment)
        return rows if actor.customer_id is None else rows.licensed_to(actor.customer_id)

    def licensed_to(self, customer_id: int) -> Self:
        """Products of which that customer owns a license, in whatever state."""
        return self.filter(pk__in=self.model.objects.filter(licenses__customer_id=customer_id).values("pk"))

    def search(self, term: str) -> Self:
        """Products whose name or UUID contains `term`."""
        # PostgreSQL writes a UUID with hyphens, SQLite stores it without.
        plain = Replace(Cast("uuid", models.CharField()), Value("-"), Value(""))
        rows = self.annotate(uuid_text=plain)
        digits = term.replace("-", "")
        named = models.Q(name__icontains=term)
        return rows.filter(named | models.Q(uuid_text__icontains=digits) if digits else named)
