"""Products, licenses and activations: as they are now, and as days ended."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.operations.analytics.models import DayFigures

CHARTED_DAYS = 7
TOP_PRODUCTS = 5
# Up to so many licenses are counted in some 50 ms.
_COUNTED_AT_ONCE = 200_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stock:
    """Products and licenses at `counted_at`; `by_product` holds (product id, licenses), most first."""

    products: int
    licenses: int
    active_licenses: int
    by_product: list[tuple[int, int]]
    counted_at: datetime


def today() -> date:
    """The present day of the application's time zone."""
    return timezone.localtime(now()).date()


def midnight(day: date) -> datetime:
    """When `day` begins."""
    return timezone.make_aware(datetime.combine(day, time()))


def stock(environment: str) -> Stock:
    """What there is now; of a large environment what there was at the last count of the job."""
    row = DayFigures.objects.filter(environment=environment, licenses__gt=_COUNTED_AT_ONCE).order_by("-day").first()
    if row is None:
        return count_stock(environment)
    return Stock(
        Product.objects.filter(environment=environment).count(),
        row.licenses or 0,
        row.active_licenses or 0,
        [(key, number) for key, number in row.by_product],
        row.counted_at,
    )


def count_stock(environment: str) -> Stock:
    """Count products and licenses, however long it takes."""
    rows = License.objects.filter(environment=environment).values_list("product").order_by()
    by_product = sorted(rows.annotate(Count("pk")), key=lambda pair: (-pair[1], pair[0]))
    return Stock(
        Product.objects.filter(environment=environment).count(),
        sum(number for _, number in by_product),
        License.objects.filter(environment=environment, status=Status.ACTIVE).count(),
        by_product[:TOP_PRODUCTS],
        now(),
    )


def closing(environment: str, licenses: int) -> tuple[int, int | None]:
    """Products and active licenses as yesterday ended; None when nobody knows.

    Where no job has counted yesterday, what is there now and was there then stands for it.
    """
    start = midnight(today())
    row = DayFigures.objects.filter(environment=environment, day=today() - _DAY).first()
    if row is not None and row.products is not None:
        return row.products, row.active_licenses
    products = Product.objects.filter(environment=environment, created_at__lt=start).count()
    return products, None if licenses > _COUNTED_AT_ONCE else _active_before(environment, start)


def activations(environment: str, start: datetime, end: datetime) -> int:
    """How many activations were created from `start` until before `end`."""
    rows = Activation.objects.filter(environment=environment, activated_at__gte=start, activated_at__lt=end)
    return rows.count()


def activations_by_day(environment: str) -> dict[date, int]:
    """Activations of the last seven days, today among them; days that have ended come from their row."""
    last = today()
    span = [last - number * _DAY for number in reversed(range(CHARTED_DAYS))]
    rows = DayFigures.objects.filter(environment=environment, day__in=span)
    ended = {row.day: row.activations for row in rows if row.counted_at >= midnight(row.day + _DAY)}
    return {
        day: ended[day] if day in ended else activations(environment, midnight(day), midnight(day + _DAY))
        for day in span
    }


def keep_figures() -> None:
    """Count every environment and keep the figures of today; complete the days that ended meanwhile."""
    for environment in Environment.values:
        _keep_today(environment)
        last = today()
        for number in range(1, CHARTED_DAYS + 1):
            _keep_ended(environment, last - number * _DAY)


def _keep_today(environment: str) -> None:
    found = count_stock(environment)
    day = today()
    yesterday = DayFigures.objects.filter(environment=environment, day=day - _DAY)
    if not yesterday.exclude(products=None).exists():
        start = midnight(day)
        products = Product.objects.filter(environment=environment, created_at__lt=start).count()
        known = {"products": products, "active_licenses": _active_before(environment, start)}
        DayFigures.objects.update_or_create(
            environment=environment,
            day=day - _DAY,
            defaults=known,
            create_defaults={**known, "counted_at": start - _DAY},
        )
    DayFigures.objects.update_or_create(
        environment=environment,
        day=day,
        defaults={
            "products": found.products,
            "licenses": found.licenses,
            "active_licenses": found.active_licenses,
            "by_product": found.by_product,
            "activations": activations(environment, midnight(day), midnight(day + _DAY)),
            "counted_at": found.counted_at,
        },
    )


def _keep_ended(environment: str, day: date) -> None:
    end = midnight(day + _DAY)
    rows = DayFigures.objects.filter(environment=environment, day=day)
    if rows.filter(counted_at__gte=end).exists():
        return
    figures = {"activations": activations(environment, midnight(day), end), "counted_at": now()}
    DayFigures.objects.update_or_create(environment=environment, day=day, defaults=figures)


def _active_before(environment: str, moment: datetime) -> int:
    was = Q(activated_at__lt=moment)
    return License.objects.filter(was, environment=environment, status=Status.ACTIVE).count()
