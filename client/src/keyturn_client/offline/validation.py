"""Whether an offline license may be used here and now: ten rules, in order; the first that objects decides.

Everything that the rules go by is in the signed file or in the program. Nothing is read from the
environment, the registry, the command line or a file beside the license.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from keyturn_client.keys import PublicKeys
from keyturn_client.moments import utc_now
from keyturn_client.offline import document, drives
from keyturn_client.offline.document import Document, Unreadable
from keyturn_client.offline.drives import Drive
from keyturn_client.offline.journal import Journal, masked
from keyturn_client.results import License
from keyturn_client.state import State

log: Final = logging.getLogger("keyturn_client.security")
TOLERANCE: Final = timedelta(hours=24)
FILE_NAME: Final = "license.lic"


class Reason(StrEnum):
    """Why an offline license is not valid."""

    UNREADABLE = "unreadable"
    SIGNATURE = "signature"
    ALTERED = "altered"
    OTHER_KEY = "other-license-key"
    OTHER_PRODUCT = "other-product"
    STATUS = "status"
    SWITCHED_OFF = "switched-off"
    OTHER_ENVIRONMENT = "other-environment"
    EXPIRED = "expired"
    CLOCK = "clock"
    OTHER_MACHINE = "other-machine"
    OTHER_DOMAIN = "other-domain"
    OTHER_DRIVE = "other-drive"
    NO_DRIVE = "no-drive"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found. Without `valid` there are no license data and no features.

    `grace_days_left` counts the days begun, and is None outside the grace period.
    """

    valid: bool
    errors: tuple[Reason, ...] = ()
    license: License | None = None
    features: Mapping[str, Any] = field(default_factory=dict)
    grace_days_left: int | None = None
    warnings: tuple[str, ...] = ()
    verified_at: datetime | None = None

    def has(self, feature: str) -> bool:
        """Whether a feature is on."""
        return self.valid and self.license is not None and self.license.has(feature)


class Refusal(Exception):
    """A rule's objection."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Validator:
    """What a program expects of a license, all of it built in.

    `product`: UUID. `license_key`: the expected one, if the program knows it. `hardware_id`: this machine
    (`fingerprint.of`), for programs on devices; `domain`: the host, for web software. A file that is
    bound to what the program does not give is refused. `state` remembers the latest time seen.
    """

    product: str
    public_keys: PublicKeys
    state: State
    license_key: str = ""
    environment: str = "production"
    hardware_id: str = ""
    domain: str = ""
    now: Callable[[], datetime] = utc_now
    find_drives: Callable[[], list[Drive]] = drives.connected

    def check_drives(self) -> Check:
        """Check the license on the first removable drive that has one, a drive named LICENSE before others."""
        found = drives.with_file(self.find_drives(), FILE_NAME)
        if found is None:
            return self._refused(Reason.NOT_FOUND)
        return self.check_file(found.root / FILE_NAME, drive=found)

    def check_file(self, path: Path, *, drive: Drive | None = None) -> Check:
        """Check a file; on which drive it lies is found out unless it is given."""
        try:
            with path.open("rb") as file:
                content = file.read(document.LARGEST + 1)
        except OSError:
            return self._refused(Reason.NOT_FOUND)
        return self.check(content, drive=drive or drives.of(path, self.find_drives))

    def check(self, content: str | bytes, *, drive: Drive | None = None) -> Check:
        """Check the text of a file that came from `drive`, if from a drive."""
        journal = Journal(drive)
        signed: Document | None = None
        try:
            signed = self._signed(content, journal)
            return self._judge(signed, drive, journal)
        except Refusal as refusal:
            return self._refused(refusal.reason, signed)
        finally:
            journal.write(self.now(), signed.license.key if signed else "")

    def _signed(self, content: str | bytes, journal: Journal) -> Document:
        try:
            found = document.parse(content)
            if not document.is_signed(found, self.public_keys):
                raise Refusal(Reason.SIGNATURE)
            journal.signature_valid = True
            signed = document.read(found)
        except Unreadable as error:
            raise Refusal(Reason.UNREADABLE) from error
        if not signed.hash_fits:
            raise Refusal(Reason.ALTERED)
        return signed

    def _judge(self, signed: Document, drive: Drive | None, journal: Journal) -> Check:
        license, at = signed.license, self.now()
        self._expect(not self.license_key or license.key == self.license_key, Reason.OTHER_KEY)
        self._expect(license.product_uuid == self.product, Reason.OTHER_PRODUCT)
        self._expect(license.status in ("active", "assigned"), Reason.STATUS)
        self._expect(signed.offline_enabled, Reason.SWITCHED_OFF)
        self._expect(signed.environment == self.environment, Reason.OTHER_ENVIRONMENT)
        left = days_left(signed, at)
        journal.expiration_check = True
        seen = max(self.state.last_seen() or signed.last_verified_at, signed.last_verified_at)
        self._expect(at >= seen - timedelta(hours=signed.drift_hours), Reason.CLOCK)
        self._check_place(signed, drive)
        journal.hardware_check = True
        self.state.see(at)
        journal.features_loaded = len(license.features)
        journal.result = "valid"
        warnings = () if left is None else (f"This license has expired: grace, {left} days left.",)
        return Check(True, (), license, license.features, left, warnings, signed.last_verified_at)

    def _check_place(self, signed: Document, drive: Drive | None) -> None:
        serial = drive.serial if drive else None
        self._expect(_fits(signed.hardware_id, self.hardware_id), Reason.OTHER_MACHINE)
        self._expect(_fits(signed.domain and signed.domain.lower(), self.domain.lower()), Reason.OTHER_DOMAIN)
        self._expect(_fits(signed.usb_serial, serial), Reason.OTHER_DRIVE)
        self._expect(not signed.require_usb or drive is not None, Reason.NO_DRIVE)

    def _expect(self, holds: bool, reason: Reason) -> None:
        if not holds:
            raise Refusal(reason)

    def _refused(self, reason: Reason, signed: Document | None = None) -> Check:
        log.warning("Offline license refused: %s (%s)", reason.value, masked(signed.license.key if signed else ""))
        return Check(False, (reason,))


def _fits(bound: str | None, here: str | None) -> bool:
    """Whether a file bound to `bound` fits. What is not known here, such as an unreadable serial, fits nothing."""
    return bound is None or (bool(here) and bound == here)


def days_left(signed: Document, at: datetime) -> int | None:
    """The days of grace left at `at`; None before the license ends. Raises Refusal after it has."""
    ends = signed.license.expires_at
    if ends is None or at <= ends:
        return None
    grace = timedelta(days=signed.grace_days if signed.allow_grace else 0)
    if not signed.strict_expiry and at <= ends + grace:
        return math.ceil((ends + grace - at) / timedelta(days=1))
    # A clock may be wrong by a day without anybody meaning harm.
    if not signed.strict_expiry and at <= ends + TOLERANCE:
        return 0
    raise Refusal(Reason.EXPIRED)
