"""Reading admins."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from keyturn.access.permissions import Role

if TYPE_CHECKING:
    from keyturn.people.admins.models import Admin  # noqa: F401


class AdminQuerySet(models.QuerySet["Admin"]):
    """The staff; deleted admins are there for history alone."""

    def present(self) -> Self:
        """Everybody who has not been deleted."""
        return self.filter(deleted_at=None)

    def search(self, term: str) -> Self:
        """Those with `term` in name or e-mail, in any case."""
        return self.filter(Q(name__icontains=term) | Q(email__icontains=term))

    def can_run_everything(self) -> Self:
        """Active Super Admins: one of them must always be left."""
        return self.present().filter(role=Role.SUPER_ADMIN, is_active=True)
