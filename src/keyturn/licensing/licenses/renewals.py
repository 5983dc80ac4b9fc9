"""Customers whose licenses end soon, by how much is at stake (workflow 5 of the customers' manual)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Value, When

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers.models import Customer


@dataclass(frozen=True, slots=True)
class Segment:
    """At least `licenses` licenses that end within `days` days."""

    name: str
    label: str
    licenses: int
    days: int


# The first one that fits is a customer's priority.
SEGMENTS: Final = (
    Segment("high", "High", 5, 14),
    Segment("medium", "Medium", 2, 30),
    Segment("low", "Low", 1, 60),
)
DAYS: Final = SEGMENTS[-1].days


def renewals(actor: Actor) -> QuerySet[Customer]:
    """Customers of licenses in use in the actor's environment that end within 60 days.

    Each has `expiring` (how many), `soonest` (when the first one ends) and `priority`, the place of his
    segment in SEGMENTS from 1.
    """
    moment = now()
    ending = Q(
        licenses__environment=actor.environment,
        licenses__status__in=[Status.ASSIGNED, Status.ACTIVE],
        licenses__expires_at__gt=moment,
        licenses__expires_at__lte=moment + timedelta(days=DAYS),
    )
    counts = {
        f"within_{one.days}": Count("licenses", filter=Q(licenses__expires_at__lte=moment + timedelta(days=one.days)))
        for one in SEGMENTS
    }
    fits = [
        When(**{f"within_{one.days}__gte": one.licenses}, then=Value(place)) for place, one in enumerate(SEGMENTS, 1)
    ]
    return (
        Customer.objects.filter(ending)
        .annotate(expiring=Count("licenses"), soonest=Min("licenses__expires_at"), **counts)
        .annotate(priority=Case(*fits, default=Value(len(SEGMENTS)), output_field=IntegerField()))
    )
