"""Reading contracts."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.licensing.contracts.models import Contract  # noqa: F401


class ContractQuerySet(models.QuerySet["Contract"]):
    """Questions about contracts."""

    def in_scope(self, actor: Actor) -> Self:
        """Contracts of the environment in which `actor` works; none for who sees one customer: partners have them."""
        return self.filter(environment=actor.environment) if actor.customer_id is None else self.none()
