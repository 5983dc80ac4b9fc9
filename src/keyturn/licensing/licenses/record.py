"""One SQL write that keeps what an API request did: the log row, and the device's last verification."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from keyturn.core.db import Database, Statement
from keyturn.licensing.licenses.facts import DeviceRecord
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
    """One request to keep: `seen` was verified successfully; `key` was accepted (kept once a minute)."""

    row: LogRow
    seen: DeviceRecord | None = None
    key: Credential | None = None


_INSERT = (
    "INSERT INTO request_log (at, environment, endpoint, code, status, api_key_id, license_id, key_start, ip, "
    "request_id, micros) VALUES "
)
_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_SEEN = "UPDATE activations SET last_verified_at = %s, last_ip = %s WHERE id = %s AND status = 'active'"
_SEEN_MANY = (
    "WITH seen AS (UPDATE activations a SET last_verified_at = v.at, last_ip = v.ip FROM (VALUES {}) AS v (id, at, ip) "
    "WHERE a.id = v.id AND a.status = 'active') "
)
_SEEN_ONE = "(%s::bigint, %s::timestamptz, %s::text)"
_USED = "UPDATE api_keys SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)"


def write(database: Database, entries: Sequence[Entry]) -> Sequence[None]:
    """Keep requests in one transaction: on PostgreSQL one statement, whatever their number."""
    postgres = database.vendor == "postgresql"
    as_time = _as_is if postgres else _as_text
    # Rows are touched in the order of their ids, so that two writers cannot wait for each other.
    seen = sorted({entry.seen.id: entry for entry in entries if entry.seen}.items())
    used = sorted({entry.key.id: entry for entry in entries if entry.key and _stale(entry)}.items())
    statements: list[Statement] = [
        (_USED, (as_time(entry.row.at), id, as_time(entry.row.at - USED_EVERY))) for id, entry in used
    ]
    rows = [value for entry in entries for value in _values(entry.row, as_time)]
    insert = _INSERT + ", ".join([_ROW] * len(entries))
    if postgres:
        touched = [value for id, entry in seen for value in (id, entry.row.at, entry.row.ip)]
        insert = (_SEEN_MANY.format(", ".join([_SEEN_ONE] * len(seen))) if seen else "") + insert
        statements.append((insert, [*touched, *rows]))
    else:
        statements += [(_SEEN, (as_time(entry.row.at), entry.row.ip, id)) for id, entry in seen]
        statements.append((insert, rows))
    database.write(statements)
    return [None] * len(entries)


def _stale(entry: Entry) -> bool:
    used = entry.key.last_used_at if entry.key else None
    return used is None or entry.row.at - used >= USED_EVERY


def _values(row: LogRow, as_time: Callable[[datetime], Any]) -> list[Any]:
    return [
        as_time(row.at),
        row.environment,
        row.endpoint,
        row.code,
        row.status,
        row.api_key_id,
        row.license_id,
        row.key_start,
        row.ip,
        row.request_id,
        row.micros,
    ]


def _as_is(value: datetime) -> Any:
    return value


def _as_text(value: datetime) -> Any:
    """A time as Django keeps it in SQLite."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
