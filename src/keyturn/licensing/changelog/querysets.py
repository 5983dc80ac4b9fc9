"""Reading changelogs."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from keyturn.access.actors import Actor
from keyturn.access.scope import Environment

if TYPE_CHECKING:
    from keyturn.licensing.changelog.models import Entry  # noqa: F401


class EntryQuerySet(models.QuerySet["Entry"]):
    """Questions about entries."""

    def in_scope(self, actor: Actor) -> Self:
        """Entries of products of the environment in which `actor` works."""
        return self.filter(product__environment=actor.environment)

    def search(self, term: str) -> Self:
        """Entries whose version, title or text contains `term`, in any case."""
        fields = ("version", "title", "summary", "text")
        found = Q()
        for field in fields:
            found |= Q((f"{field}__icontains", term))
        return self.filter(found)

    def visible(self) -> Self:
        """What people outside may read: published entries of active production products that show theirs."""
        return self.filter(
            status="published",
            product__changelog_enabled=True,
            product__status="active",
            product__environment=Environment.PRODUCTION,
        )
