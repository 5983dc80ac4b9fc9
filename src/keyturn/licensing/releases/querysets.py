"""Reading releases and their files."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Q

from keyturn.access.actors import Actor

if TYPE_CHECKING:
    from keyturn.licensing.releases.models import Release, ReleaseFile  # noqa: F401
    from keyturn.people.customers.models import Customer


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Questions about releases."""

    def in_scope(self, actor: Actor) -> Self:
        """Releases of products of the environment in which `actor` works."""
        return self.filter(environment=actor.environment)

    def search(self, term: str) -> Self:
        """Releases whose version or change text contains `term`."""
        told = Q(changelog__icontains=term) | Q(update_summary__icontains=term)
        return self.filter(Q(version__icontains=term) | told)

    def with_file_count(self) -> Self:
        """Each with `file_count`."""
        return self.annotate(file_count=Count("files"))

    def visible(self, at: datetime) -> Self:
        """Those that customers may hear of: published, and their date has come (UTC)."""
        return self.filter(status="published", release_date__lte=at.date())

    def newest_first(self) -> Self:
        """The highest version first."""
        return self.order_by("-numeric_version", "-pk")


class ReleaseFileQuerySet(models.QuerySet["ReleaseFile"]):
    """Questions about files."""

    def in_scope(self, actor: Actor) -> Self:
        """Files of releases of the environment in which `actor` works."""
        return self.filter(release__environment=actor.environment)

    def uploads_of(self, actor: Actor) -> Self:
        """What `actor` has uploaded and not used yet."""
        return self.filter(release=None, staged=True, uploader=actor.id)

    def offered_to(self, customer: "Customer", at: datetime) -> Self:
        """Files of visible releases of products of which `customer` owns a license, in whatever state.

        Whether he may have one decides `entitlement`.
        """
        owned = customer.licenses.values("product")
        return self.filter(
            release__status="published", release__release_date__lte=at.date(), release__product__in=owned
        )

    def loose(self, uploaded_before: datetime) -> Self:
        """Files that nobody can reach any more: taken out of use, or uploaded long ago and not used."""
        return self.filter(Q(staged=False) | Q(created_at__lt=uploaded_before), release=None)
