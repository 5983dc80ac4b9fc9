"""Importing activations: which devices use which licenses, from another system or from our own export."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import BinaryIO, Final

from django.db import connection

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Invalid
from keyturn.core.text import has_control, is_host
from keyturn.licensing.licenses import device_intake, verification
from keyturn.licensing.licenses.device_intake import DeviceDraft
from keyturn.licensing.licenses.models import Activation
from keyturn.operations.imports import reading
from keyturn.operations.imports.columns import FIELDS, places

_HARDWARE: Final = ("hardware_id", "hwid", "machine_id", "device_id", "fingerprint")
_DOMAIN: Final = ("domain", "server_domain", "site", "site_url", "instance")
# Field to the headers that name it.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "license_key": FIELDS["license_key"],
    "identifier": ("identifier", "device", *_HARDWARE),
    "domain": _DOMAIN,
    "status": ("status", "state"),
    "activated_at": ("activated_at", "activated", "activation_date", "created_at", "created"),
    "last_verified_at": ("last_verified_at", "last_verified", "last_seen", "last_check"),
}
_ENDED: Final = ("inactive", "deactivated", "ended", "0", "false")
_LENGTH: Final = 255
# On SQLite nobody else writes while a slice does.
_SLICE: Final = 25
_PAUSE: Final = 0.01


@dataclass(slots=True)
class Outcome:
    """What came of a file. `known`: devices that were there already; `ended`: those no longer in use elsewhere."""

    rows: int = 0
    made: int = 0
    known: int = 0
    ended: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def carry_out(actor: Actor, file: BinaryIO) -> Outcome:
    """Add the devices of a CSV or JSON file to the licenses that they name.

    Slice by slice, each a transaction: after an interruption the same file goes on, as known devices are
    left alone. Raises Invalid for `file` when it is no such file.
    """
    require(actor, Permission.MANAGE_LICENSES)
    contents = reading.read(file, partial(places, fields=COLUMNS))
    missing = [name for name in ("license_key", "identifier") if name not in contents.columns]
    if "license_key" in missing or ("identifier" in missing and "domain" not in contents.columns):
        raise Invalid({"file": [f"This file has no column {missing[-1]}."]})
    outcome = Outcome()
    drafts = _drafts(contents.rows, outcome)
    while part := list(islice(drafts, _SLICE)):
        for (line, _), verdict in zip(part, _take(actor, part), strict=True):
            if verdict is verification.ACTIVATED:
                outcome.made += 1
            elif verdict is verification.ALREADY_ACTIVE:
                outcome.known += 1
            else:
                outcome.faults.append((line, f"{verdict.message}."))
        if connection.vendor == "sqlite":
            time.sleep(_PAUSE)
    return outcome


def _take(actor: Actor, part: list[tuple[int, DeviceDraft]]) -> list[verification.Verdict]:
    return device_intake.take_in_devices(actor, [draft for _, draft in part])


def _drafts(rows: Iterator[reading.Row], outcome: Outcome) -> Iterator[tuple[int, DeviceDraft]]:
    for line, given in rows:
        outcome.rows += 1
        if given.get("status", "").lower() in _ENDED:
            outcome.ended += 1
            continue
        try:
            yield line, _draft(given)
        except ValueError as problem:
            outcome.faults.append((line, str(problem)))


def _draft(given: Mapping[str, str]) -> DeviceDraft:
    key, identifier, domain = (given.get(name, "") for name in ("license_key", "identifier", "domain"))
    named = identifier or domain
    if reading.MANY_CELLS in given:
        raise ValueError("This line has more cells than the file has columns.")
    if not key or "•" in key:
        raise ValueError("license_key is empty or masked: give the whole key.")
    if not named or len(named) > _LENGTH or has_control(named):
        raise ValueError(f"The identifier must have 1 to {_LENGTH} characters.")
    host = not identifier or is_host(identifier)
    return DeviceDraft(
        key,
        named,
        Activation.Kind.DOMAIN if host else Activation.Kind.HARDWARE,
        _moment(given.get("activated_at", "")),
        _moment(given.get("last_verified_at", "")),
    )


def _moment(text: str) -> datetime | None:
    if not text or text.lower() == "never":
        return None
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"“{text[:30]}” is no date: write it as 2026-01-31 or 2026-01-31T08:00:00Z.") from None
    if at > now():
        raise ValueError(f"“{text[:30]}” lies in the future.")
    return at
