"""Reading API keys."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from keyturn.core.clock import now

if TYPE_CHECKING:
    from keyturn.people.apikeys.models import ApiKey  # noqa: F401


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """API keys of every environment."""

    def search(self, term: str) -> Self:
        """Those with `term` in the name, in any case, or whose shown start begins with it."""
        return self.filter(Q(name__icontains=term) | Q(prefix__istartswith=term))

    def with_status(self, status: str) -> Self:
        """Those that are "active", "inactive" or "expired" now."""
        expired = Q(is_active=True, expires_at__lt=now())
        if status == "expired":
            return self.filter(expired)
        return self.filter(is_active=True).exclude(expired) if status == "active" else self.filter(is_active=False)
