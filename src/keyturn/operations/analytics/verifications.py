"""How many verifications succeeded and failed: counted in the request log, kept in five-minute counters.

The verify path writes nothing more than its log row. A job moves a mark through the log and adds up
what it passes; readers add what lies behind the mark.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Max

from keyturn.core.clock import now
from keyturn.licensing.licenses.verification import VALID
from keyturn.operations.analytics.models import Progress, VerificationCount
from keyturn.platform.logs.models import RequestLog

SPAN = timedelta(minutes=5)
KEPT = timedelta(days=9)
ENDPOINT = "verify"
# A row's number is drawn before it is committed: rows this old have no younger sisters still to come.
_SETTLED = timedelta(seconds=30)
# On SQLite nobody else writes while a slice commits.
_SLICE = 20_000
# So many requests that no job has added up yet are still counted by a reader.
_UNCOUNTED = 300_000

Counts = dict[datetime, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Tally:
    environment: str
    starts_at: datetime
    succeeded: int
    failed: int


def between(environment: str, start: datetime) -> Counts:
    """(succeeded, failed) by the moment at which their five minutes begin, from `start` until now."""
    rows = VerificationCount.objects.filter(environment=environment, starts_at__gte=floor(start))
    counts: Counts = {at: (good, bad) for at, good, bad in rows.values_list("starts_at", "succeeded", "failed")}
    mark = Progress.objects.values_list("last_request", flat=True).first() or 0
    for tally in _tallies(mark, mark + _UNCOUNTED):
        if tally.environment == environment and tally.starts_at >= floor(start):
            good, bad = counts.get(tally.starts_at, (0, 0))
            counts[tally.starts_at] = good + tally.succeeded, bad + tally.failed
    return counts


def add_up() -> int:
    """Move the mark through the log as far as it is settled; how many requests it passed."""
    Progress.objects.get_or_create(pk=1)
    passed = 0
    while step := _step():
        passed += step
    VerificationCount.objects.filter(starts_at__lt=now() - KEPT).delete()
    return passed


def floor(at: datetime) -> datetime:
    """When the five minutes began that hold `at`."""
    return datetime.fromtimestamp(at.timestamp() // SPAN.total_seconds() * SPAN.total_seconds(), UTC)


@transaction.atomic
def _step() -> int:
    progress = Progress.objects.select_for_update().get(pk=1)
    ahead = RequestLog.objects.filter(pk__gt=progress.last_request)
    first = ahead.order_by("pk").values_list("pk", flat=True).first()
    if first is None:
        return 0
    settled = ahead.filter(pk__lt=first + _SLICE, at__lt=now() - _SETTLED)
    last: int | None = settled.aggregate(last=Max("pk"))["last"]
    if last is None:
        return 0
    for tally in _tallies(progress.last_request, last):
        _add(tally)
    Progress.objects.filter(pk=1).update(last_request=last)
    return last - first + 1


def _add(tally: _Tally) -> None:
    row = VerificationCount.objects.filter(environment=tally.environment, starts_at=tally.starts_at)
    if not row.update(succeeded=F("succeeded") + tally.succeeded, failed=F("failed") + tally.failed):
        VerificationCount.objects.create(
            environment=tally.environment,
            starts_at=tally.starts_at,
            succeeded=tally.succeeded,
            failed=tally.failed,
        )


_SECONDS = {"postgresql": "floor(extract(epoch FROM at))::bigint", "sqlite": "CAST(strftime('%%s', at) AS INTEGER)"}


def _tallies(after: int, last: int) -> Iterator[_Tally]:
    """What the requests numbered `after` < id <= `last` add up to; those without an environment are nobody's."""
    span = int(SPAN.total_seconds())
    statement = (
        f"SELECT environment, {_SECONDS[connection.vendor]} / {span} AS span, code = %s AS good, count(*) "  # noqa: S608
        "FROM request_log WHERE id > %s AND id <= %s AND endpoint = %s AND environment <> '' GROUP BY 1, 2, 3"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [VALID.code, after, last, ENDPOINT])
        found = cursor.fetchall()
    counts: Counter[tuple[str, int, bool]] = Counter()
    for environment, number, good, count in found:
        counts[environment, number, bool(good)] += count
    for environment, number in sorted({(environment, number) for environment, number, _ in counts}):
        yield _Tally(
            environment,
            datetime.fromtimestamp(number * span, UTC),
            counts[environment, number, True],
            counts[environment, number, False],
        )
