"""What the dashboard shows in numbers (DSH-05 to DSH-08)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from keyturn.core.clock import now
from keyturn.licensing.products.models import Product
from keyturn.operations.analytics import days, verifications

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it was in the period before; None when nobody knows."""

    value: int
    before: int | None

    @property
    def change(self) -> float | None:
        """By how many per cent it rose; from zero to anything is 100 (DSH-06)."""
        if self.before is None:
            return None
        if self.before == 0:
            return 100.0 if self.value else 0.0
        return (self.value - self.before) / self.before * 100


@dataclass(frozen=True, slots=True)
class Point:
    """One day of the chart."""

    day: date
    activations: int
    verifications: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers of one environment. `top` holds (product, its licenses in any state), most first."""

    products: Figure
    active_licenses: Figure
    activations_today: Figure
    failed_verifications: Figure
    week: list[Point]
    top: list[tuple[Product, int]]
    counted_at: datetime


def read(environment: str) -> Figures:
    """The figures as of now. Licenses of a large environment are as old as `counted_at` says."""
    stock = days.stock(environment)
    products, active = days.closing(environment, stock.licenses)
    moment = now()
    begun = days.midnight(days.today())
    begun_before = days.midnight(days.today() - _DAY)
    verified = verifications.between(environment, days.midnight(days.today() - days.CHARTED_DAYS * _DAY))
    return Figures(
        Figure(stock.products, products),
        Figure(stock.active_licenses, active),
        Figure(
            days.activations(environment, begun, moment + _DAY),
            days.activations(environment, begun_before, begun_before + (moment - begun)),
        ),
        Figure(_failed(verified, moment - _DAY, moment), _failed(verified, moment - 2 * _DAY, moment - _DAY)),
        _week(environment, verified),
        _top(stock),
        stock.counted_at,
    )


def _failed(counts: verifications.Counts, start: datetime, end: datetime) -> int:
    first, last = verifications.floor(start), verifications.floor(end)
    # Whole stretches of five minutes: the present one is of the last 24 hours, the one a day ago too.
    upto = last + verifications.SPAN if end >= now() else last
    return sum(failed for at, (_, failed) in counts.items() if first <= at < upto)


def _week(environment: str, counts: verifications.Counts) -> list[Point]:
    good: dict[date, int] = {}
    for at, (succeeded, _) in counts.items():
        day = timezone.localtime(at).date()
        good[day] = good.get(day, 0) + succeeded
    by_day = days.activations_by_day(environment)
    return [Point(day, count, good.get(day, 0)) for day, count in by_day.items()]


def _top(stock: days.Stock) -> list[tuple[Product, int]]:
    products = Product.objects.in_bulk([key for key, _ in stock.by_product])
    return [(products[key], count) for key, count in stock.by_product if key in products]
