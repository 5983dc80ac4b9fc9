"""What the vendor's software asked in the last days: log rows, and the figures that days ended with."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.text import key_start
from keyturn.licensing.licenses import verification
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.analytics import days, verifications
from keyturn.operations.analytics.models import DayFigures
from keyturn.operations.demo import tables
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.logs.models import Category, Level, LogEntry, RequestLog

_DAYS = 8
_A_DAY = 330
# What the API says of them.
_SAID = {
    202: "No activation found for this license key/identifier combination",
    204: "License key blocked",
    205: "License key expired",
}
# Refusals and how often they come among a thousand requests.
_REFUSALS = ((verification.NO_ACTIVATION, 25), (verification.EXPIRED, 25), (verification.BLOCKED, 12))


def flow(seed: int, out: tables.Out) -> None:
    """Add a week of verifications, fewer at weekends, and yesterday's figures a little below today's."""
    pick = random.Random(seed)  # noqa: S311 - repeatable, not secret
    devices = list(Activation.objects.select_related("license").filter(status="active").order_by("pk"))
    stopped = list(License.objects.filter(status__in=(Status.EXPIRED, Status.SUSPENDED)).order_by("pk"))
    if not devices or not stopped:
        return
    first = tables.next_id(RequestLog)
    tables.insert(RequestLog, _requests(pick, devices, stopped, first), out)
    LogEntry.objects.bulk_create(_entries(first), batch_size=200)
    verifications.add_up()
    days.keep_figures()
    yesterday = DayFigures.objects.get(environment=Environment.PRODUCTION, day=days.today() - timedelta(days=1))
    yesterday.active_licenses = round((yesterday.active_licenses or 0) * 0.988)
    yesterday.save()


def _requests(
    pick: random.Random, devices: list[Activation], stopped: list[License], first: int
) -> Iterator[dict[str, Any]]:
    present = now()
    for number, at in enumerate(sorted(_moments(pick, present))):
        refusal = pick.choices((None, *(verdict for verdict, _ in _REFUSALS)), (938, *(w for _, w in _REFUSALS)))[0]
        license = pick.choice(stopped) if refusal else pick.choice(devices).license
        verdict = refusal or verification.VALID
        yield {
            "id": first + number,
            "at": at,
            "environment": license.environment,
            "endpoint": verifications.ENDPOINT,
            "code": verdict.code,
            "status": 200,
            "license_id": license.pk,
            "key_start": key_start(license.license_key),
            "ip": f"203.0.113.{pick.randint(1, 250)}",
            "micros": pick.randint(600, 2400),
        }


def _entries(first: int) -> Iterator[LogEntry]:
    """The last day of them in the system log, as the API writes it."""
    key = ApiKey.objects.filter(environment=Environment.PRODUCTION).earliest("pk")
    for row in RequestLog.objects.filter(pk__gte=first, at__gte=now() - timedelta(days=1), environment=key.environment):
        good = row.code == verification.VALID.code
        yield LogEntry(
            at=row.at,
            environment=row.environment,
            level=Level.INFO if good else Level.WARNING,
            category=Category.API,
            action="api_call" if good else "verify_failed",
            message="" if good else _SAID[row.code],
            resource_kind="license",
            user_kind="api_key",
            user_id=str(key.uuid),
            user_label=key.name,
            ip=row.ip or "",
            license_start=row.key_start,
            license_id=row.license_id,
            context={"endpoint": row.endpoint, "method": "POST", "status": row.status, "code": row.code},
        )


def _moments(pick: random.Random, present: datetime) -> Iterator[datetime]:
    for number in range(_DAYS):
        start = present - timedelta(days=number + 1)
        share = 0.6 if start.weekday() >= 5 else 1.0
        for _ in range(round(_A_DAY * share * pick.uniform(0.85, 1.15))):
            yield start + timedelta(days=pick.random())
