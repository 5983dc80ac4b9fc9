"""Customers whose licenses end soon, by how much is at stake (workflow 5 of the customers' manual)."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Value, When

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status


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


def renewals(actor: Actor) -> QuerySet[License, Any]:
    """Customers of licenses in use in the actor's environment that end within 60 days, as dictionaries.

    Each has `customer_id`, `expiring` (how many), `soonest` (when the first one ends) and `priority`, the
    place of his segment in SEGMENTS from 1. The licenses are added up before customers are joined, and those
    only when an order or a search asks: a quarter of the work at 100,000 customers. Days are whole days in UTC.
    """
    moment = now()
    counts = {f"within_{one.days}": Count("pk", filter=Q(expires_at__lt=_after(one.days))) for one in SEGMENTS}
    fits = [
        When(**{f"within_{one.days}__gte": one.licenses}, then=Value(place)) for place, one in enumerate(SEGMENTS, 1)
    ]
    return (
        License.objects.filter(
            environment=actor.environment,
            status__in=[Status.ASSIGNED, Status.ACTIVE],
            expires_at__gt=moment,
            expires_at__lt=_after(DAYS),
        )
        .order_by()
        .values("customer_id")
        .annotate(expiring=Count("pk"), soonest=Min("expires_at"), **counts)
        .annotate(priority=Case(*fits, default=Value(len(SEGMENTS)), output_field=IntegerField()))
    )


def _after(days: int) -> datetime:
    # Whole days, as the Licenses page filters: its list then holds what is counted here.
    return datetime.combine(now().astimezone(UTC).date() + timedelta(days=days + 1), time(), UTC)
