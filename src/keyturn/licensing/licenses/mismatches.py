"""The last check of each license that came from a strange device, and the last from another environment (CLP-25).

Both answers are refusals, so the one statement here is never part of a verification that succeeds.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.db import Database
from keyturn.licensing.licenses.models import License, Mismatch

KEPT: Final = timedelta(days=30)
_UPSERT: Final = (
    "INSERT INTO license_mismatches (license_id, kind, identifier, environment, at) "
    "SELECT id, %s, %s, %s, %s FROM licenses WHERE {} "
    "ON CONFLICT (license_id, kind) DO UPDATE SET "
    "identifier = excluded.identifier, environment = excluded.environment, at = excluded.at"
)
_BY_ID: Final = _UPSERT.format("id = %s")
_BY_KEY: Final = _UPSERT.format("license_key = %s AND environment IN (%s, %s)")


def note_device(database: Database, license_id: int, identifier: str, environment: str, at: datetime) -> None:
    """Keep that a program asked about a license on a device that is not activated."""
    values = (Mismatch.Kind.DEVICE.value, identifier, environment, _time(database, at), license_id)
    database.write([(_BY_ID, values)])


def note_environment(database: Database, license_key: str, environment: str, at: datetime) -> None:
    """Keep that a program asked in `environment` about a key that is none there, if it is one elsewhere."""
    others = [one for one in Environment.values if one != environment]
    values = (Mismatch.Kind.ENVIRONMENT.value, "", environment, _time(database, at), license_key, *others)
    database.write([(_BY_KEY, values)])


def of(license: License) -> Mapping[str, Mismatch]:
    """The mismatches of the last 30 days by kind; none from the time before the present owner."""
    since = max(now() - KEPT, license.assigned_at or license.created_at)
    return {one.kind: one for one in Mismatch.objects.filter(license=license, at__gte=since)}


def forget_old() -> int:
    """Remove what no page shows any more; how many."""
    return Mismatch.objects.filter(at__lt=now() - KEPT).delete()[0]


def _time(database: Database, at: datetime) -> datetime | str:
    if database.vendor == "postgresql":
        return at
    # As Django keeps a time in SQLite.
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
