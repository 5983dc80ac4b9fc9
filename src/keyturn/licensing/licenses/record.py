"""One SQL write that keeps what an API request did: the log row, and the device's last verification."""

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


_INSERT = (
    "INSERT INTO request_log (at, environment, endpoint, code, status, api_key_id, license_id, key_start, ip, "
    "request_id, micros) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_SEEN = "UPDATE activations SET last_verified_at = %s, last_ip = %s WHERE id = %s AND status = 'active'"
_USED = "UPDATE api_keys SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)"


def write(database: Database, row: LogRow, *, seen: DeviceRecord | None = None, key: Credential | None = None) -> None:
    """Log the request; `seen` was verified successfully; `key` was accepted (kept once a minute)."""
    postgres = database.vendor == "postgresql"

    def time(value: datetime) -> Any:
        return value if postgres else value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

    at = time(row.at)
    changes: list[tuple[str, str, tuple[Any, ...]]] = []
    if seen is not None:
        changes.append(("seen", _SEEN, (at, row.ip, seen.id)))
    if key is not None and (key.last_used_at is None or row.at - key.last_used_at >= USED_EVERY):
        changes.append(("used", _USED, (at, key.id, time(row.at - USED_EVERY))))
    inserted: tuple[Any, ...] = (
        at,
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
    )
    if postgres:
        steps = ", ".join(f"{name} AS ({sql})" for name, sql, _ in changes)
        values = tuple(value for *_, given in changes for value in given) + inserted
        database.write([(f"WITH {steps} {_INSERT}" if steps else _INSERT, values)])
    else:
        statements: list[Statement] = [(sql, given) for _, sql, given in changes]
        database.write([*statements, (_INSERT, inserted)])
