"""One SQL write that keeps what an API request did: its log row, and what it tells about a device or a license."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from keyturn.core.db import Database, Statement, as_kept
from keyturn.licensing.licenses import mismatches
from keyturn.licensing.licenses.facts import DeviceRecord
from keyturn.licensing.licenses.mismatches import Miss
from keyturn.people.apikeys.authentication import Credential

USED_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class LogRow:
    """A row of request_log. Only the start of a license key may stand in it; `micros` counts up to here."""

    at: datetime
    environment: str
    endpoint: str
    code: int
    status: int
    api_key_id: int | None
    license_id: int | None
    key_start: str
    ip: str
    request_id: str
    micros: int


@dataclass(slots=True)
class Entry:
    """One request to keep.

    `seen` was verified successfully; `key` was accepted (kept once a minute); `miss` did not fit.
    """

    row: LogRow
    seen: DeviceRecord | None = None
    key: Credential | None = None
    miss: Miss | None = None


_COLUMNS: Final = tuple(one.name for one in fields(LogRow))
_values = attrgetter(*_COLUMNS)
_INTO: Final = f"INSERT INTO request_log ({', '.join(_COLUMNS)}) "
_ONE: Final = f"{_INTO}VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
_SEEN = "UPDATE activations SET last_verified_at = %s, last_ip = %s WHERE id = %s AND status = 'active'"
# Arrays, so that a statement that is prepared once serves any number of requests.
_MANY: Final = (
    f"{_INTO}SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::int[], %s::smallint[], "  # noqa: S608
    "%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::int[])"
)
_SEEN_MANY: Final = (
    "UPDATE activations a SET last_verified_at = v.at, last_ip = v.ip "
    "FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS v (id, at, ip) "
    "WHERE a.id = v.id AND a.status = 'active'"
)
_USED = "UPDATE api_keys SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)"


def write(database: Database, entries: Sequence[Entry]) -> Sequence[None]:
    """Keep requests in one transaction: on PostgreSQL one statement, whatever their number."""
    as_time = as_kept(database.vendor)
    # Rows are touched in the order of their ids, so that two writers cannot wait for each other.
    seen = sorted({entry.seen.id: entry.row for entry in entries if entry.seen}.items())
    used = sorted({entry.key.id: entry for entry in entries if entry.key and _stale(entry)}.items())
    misses = [(entry.row.at, entry.miss) for entry in entries if entry.miss]
    statements: list[Statement] = [
        (_USED, (as_time(entry.row.at), id, as_time(entry.row.at - USED_EVERY))) for id, entry in used
    ]
    if database.vendor == "postgresql":
        statements.append(_together([entry.row for entry in entries], seen, misses))
    else:
        statements += [(_SEEN, (as_time(row.at), row.ip, id)) for id, row in seen]
        statements += mismatches.statements(misses, as_time)
        statements += [(_ONE, (as_time(entry.row.at), *_values(entry.row)[1:])) for entry in entries]
    database.write(statements)
    return [None] * len(entries)


def _together(
    rows: Sequence[LogRow], seen: Sequence[tuple[int, LogRow]], misses: Sequence[mismatches.Timed]
) -> Statement:
    parts, values = [], []
    if seen:
        parts.append(f"seen AS ({_SEEN_MANY})")
        values += [[id for id, _ in seen], [row.at for _, row in seen], [row.ip for _, row in seen]]
    if misses:
        parts.append(f"missed AS ({mismatches.MANY})")
        values += mismatches.arrays(misses)
    values += [list(column) for column in zip(*map(_values, rows), strict=True)]
    return (f"WITH {', '.join(parts)} {_MANY}" if parts else _MANY), values


def _stale(entry: Entry) -> bool:
    used = entry.key.last_used_at if entry.key else None
    return used is None or entry.row.at - used >= USED_EVERY
