"""What is held against a license now, and when that ends."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from keyturn.core.clock import now
from keyturn.licensing.abuse.models import Counter, Finding
from keyturn.licensing.licenses.models import License
from keyturn.platform.audit.models import AuditEvent

# Without a further suspicious activation for so long, all is forgotten.
QUIET = timedelta(hours=72)
SLICE = 200


def open_findings(license: License) -> list[Finding]:
    """What was found at `license` and is not forgotten, the latest first, with its counter loaded."""
    rows = Finding.objects.filter(license=license, closed_at=None).select_related("license__abuse")
    return list(rows.order_by("-last_at", "rule"))


def forget() -> int:
    """Close what is over: 72 hours without a hit, or licenses that somebody reactivated (T5). How many."""
    over = 0
    quiet = Counter.objects.filter(last_at__lt=now() - QUIET)
    while some := list(quiet.values_list("license_id", flat=True)[:SLICE]):
        _close(dict.fromkeys(some))
        over += len(some)
    counting = Counter.objects.filter(last_at__isnull=False).order_by("pk")
    ids = list(counting.values_list("pk", flat=True))
    for start in range(0, len(ids), SLICE):
        reactivated = _reactivated(ids[start : start + SLICE])
        _close(reactivated)
        over += len(reactivated)
    return over


def _reactivated(counters: list[int]) -> dict[int, datetime | None]:
    rows = Counter.objects.filter(pk__in=counters, last_at__isnull=False)
    began = {uuid: (key, since) for uuid, key, since in rows.values_list("license__uuid", "license_id", "since")}
    earliest = rows.aggregate(earliest=Min("since"))["earliest"]
    events = AuditEvent.objects.filter(
        action="license.updated", license_uuid__in=began, at__gte=earliest, changes__reactivated=True
    )
    return {
        began[uuid][0]: at
        for uuid, at in events.order_by("pk").values_list("license_uuid", "at")
        if uuid in began and at > began[uuid][1]
    }


def _close(licenses: dict[int, datetime | None]) -> None:
    """Start counting anew; those with a moment ignore what came before it."""
    with transaction.atomic():
        for license, reset_at in licenses.items():
            again = {"hits": 0, "last_at": None, "flagged_at": None, "since": now()}
            if reset_at:
                again["reset_at"] = reset_at
            Counter.objects.filter(license=license).update(**again)
        Finding.objects.filter(license__in=licenses, closed_at=None).update(closed_at=now())
