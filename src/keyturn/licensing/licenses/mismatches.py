"""The last check of each license that came from a strange device, and the last from another environment (CLP-25).

Both answers are refusals, so nothing here is ever part of a verification that succeeds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.db import Statement
from keyturn.licensing.licenses.models import License, Mismatch

KEPT: Final = timedelta(days=30)


@dataclass(slots=True, frozen=True)
class Miss:
    """A check that did not fit, by a program whose API key is of `environment`.

    Either the license is known and has no such device, or `license_key` is none of this environment.
    """

    environment: str
    license_id: int | None = None
    license_key: str = ""
    identifier: str = ""


Timed = tuple[datetime, Miss]
_INTO: Final = "INSERT INTO license_mismatches (license_id, kind, identifier, environment, at) "
_AGAIN: Final = (
    " ON CONFLICT (license_id, kind) DO UPDATE SET "
    "identifier = excluded.identifier, environment = excluded.environment, at = excluded.at"
)
_ONE: Final = _INTO + "SELECT id, %s, %s, %s, %s FROM licenses WHERE {}" + _AGAIN  # noqa: S608
_BY_ID: Final = _ONE.format("id = %s")
_BY_KEY: Final = _ONE.format("license_key = %s AND environment IN (%s, %s)")
_EVERYWHERE: Final = ", ".join(f"'{one}'" for one in Environment.values)
# On PostgreSQL, however many there are.
MANY: Final = (
    _INTO + "SELECT l.id, 'device', m.identifier, m.environment, m.at "  # noqa: S608 - no value is in it
    "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) AS m (id, identifier, environment, at) "
    "JOIN licenses l ON l.id = m.id UNION ALL SELECT l.id, 'environment', '', m.environment, m.at "
    "FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS m (license_key, environment, at) "
    f"JOIN licenses l ON l.license_key = m.license_key AND l.environment IN ({_EVERYWHERE}) "
    "AND l.environment <> m.environment" + _AGAIN
)


def arrays(misses: Sequence[Timed]) -> list[list[Any]]:
    """The values for MANY. Of those about the same license the last counts: no row may be written twice at once."""
    # In the order of their ids, so that two writers cannot wait for each other.
    devices = sorted({one.license_id: (at, one) for at, one in misses if one.license_id is not None}.items())
    elsewhere = sorted({one.license_key: (at, one) for at, one in misses if one.license_id is None}.items())
    return [
        [id for id, _ in devices],
        [one.identifier for _, (_, one) in devices],
        [one.environment for _, (_, one) in devices],
        [at for _, (at, _) in devices],
        [key for key, _ in elsewhere],
        [one.environment for _, (_, one) in elsewhere],
        [at for _, (at, _) in elsewhere],
    ]


def statements(misses: Sequence[Timed], as_time: Callable[[datetime], Any]) -> list[Statement]:
    """A statement for each, for SQLite; `as_time` spells a time as the database keeps it."""
    found: list[Statement] = []
    for at, one in misses:
        if one.license_id is not None:
            kind = Mismatch.Kind.DEVICE.value
            found.append((_BY_ID, (kind, one.identifier, one.environment, as_time(at), one.license_id)))
        else:
            others = [name for name in Environment.values if name != one.environment]
            kind = Mismatch.Kind.ENVIRONMENT.value
            found.append((_BY_KEY, (kind, "", one.environment, as_time(at), one.license_key, *others)))
    return found


def of(license: License) -> Mapping[str, Mismatch]:
    """The mismatches of the last 30 days by kind; none from the time before the present owner."""
    since = max(now() - KEPT, license.assigned_at or license.created_at)
    return {one.kind: one for one in Mismatch.objects.filter(license=license, at__gte=since)}


def forget_old() -> int:
    """Remove what no page shows any more; how many."""
    return Mismatch.objects.filter(at__lt=now() - KEPT).delete()[0]
