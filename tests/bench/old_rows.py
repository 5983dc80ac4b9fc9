"""Run as a script with the settings of the database: `fill N` makes N old rows, `purge` removes them.

Half are entries of the system log, half telemetry records: the kinds with most indexes. `purge` prints
its rows, its seconds and the milliseconds of its longest slice.
"""

import os
import signal
import sys
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.db import connection  # noqa: E402
from django.db.models import Model  # noqa: E402

from keyturn.access.actors import system  # noqa: E402
from keyturn.core.clock import now  # noqa: E402
from keyturn.licensing.telemetry.models import TelemetryRecord  # noqa: E402
from keyturn.operations.retention.models import Policy  # noqa: E402
from keyturn.operations.retention.purging import Purge  # noqa: E402
from keyturn.platform.logs.models import Category, LogEntry  # noqa: E402

SLICE = 5000
_FLAGS = ("is_correct_format", "license_key_exists", "product_exists", "product_version_exists")


def fill(count: int) -> None:
    """Rows of 800 days ago: some made here, the rest copies of them by the database itself."""
    start = now() - timedelta(days=800)
    numbers = range(min(SLICE, count // 2))
    LogEntry.objects.bulk_create([_entry(number, start) for number in numbers])
    TelemetryRecord.objects.bulk_create([_record(number, start) for number in numbers])
    for model in (LogEntry, TelemetryRecord):
        for _ in range(count // 2 // SLICE - 1):
            _copy(model)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _copy(model: type[Model]) -> None:
    """Once more the first rows, with identifiers of their own."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    drawn = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(drawn if name == "uuid" else f'"{name}"' for name in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id <= {SLICE}")


def _entry(number: int, start: Any) -> LogEntry:
    return LogEntry(
        at=start + timedelta(seconds=2 * number),
        environment="production",
        category=Category.API,
        action="api_call",
        ip=f"203.0.113.{number % 250}",
        license_start=f"PRO-{number % 5000:04}",
        context={"endpoint": "verify", "status": 200, "ms": number % 90},
    )


def _record(number: int, start: Any) -> TelemetryRecord:
    return TelemetryRecord(
        at=start + timedelta(seconds=2 * number),
        environment="production",
        license_key=f"PRO-{number % 5000:06}",
        data_type="numeric-single-value",
        data_group=f"group-{number % 20}",
        data=str(number),
        received='{"data_type": "numeric-single-value", "data_group": "group"}',
        ip=f"203.0.113.{number % 250}",
        has_red_flags=number % 10 == 0,
        reasons=["invalid_license"] if number % 10 == 0 else [],
        **dict.fromkeys(_FLAGS, True),
    )


class _Watched(Purge):
    """Notes how long its longest slice took."""

    longest = 0.0

    def _slice(self, policy: Policy, source: Any, rows: list[tuple[Any, ...]]) -> float:
        if not self.done:
            print("BEGUN", flush=True)
        took = super()._slice(policy, source, rows)
        self.longest = max(self.longest, took)
        return took


def purge() -> None:
    """All of them, as the daily job would; says BEGUN before the first."""
    run, began = _Watched(system("benchmark"), lambda done, total: None), time.monotonic()
    # The measurement may end before the purge does.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        run.run()
    finally:
        print(f"PURGED {run.done} {time.monotonic() - began:.1f} {run.longest * 1000:.0f}")


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
    else:
        purge()
