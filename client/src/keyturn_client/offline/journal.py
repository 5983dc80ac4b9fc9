"""The validation log on the drive: one line of JSON an event. Media that cannot be written have none."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from keyturn_client.offline.drives import Drive

FOLDER: Final = "logs"
FILE_NAME: Final = "validation.log"
_SHOWN: Final = 4


@dataclass(slots=True)
class Journal:
    """What one validation came to so far; everything counts as failed until it is known to hold."""

    drive: Drive | None
    result: str = "invalid"
    signature_valid: bool = False
    expiration_check: bool = False
    hardware_check: bool = False
    features_loaded: int = 0

    def write(self, at: datetime, license_key: str) -> None:
        """Add the line of this validation."""
        line = {
            "event": "license_validation",
            "result": self.result,
            "license_key": masked(license_key),
            "signature_valid": self.signature_valid,
            "expiration_check": self.expiration_check,
            "hardware_check": self.hardware_check,
            "features_loaded": self.features_loaded,
        }
        if self.drive:
            append(self.drive.root, at, {**line, "usb_path": str(self.drive.root)})


def append(root: Path, at: datetime, line: dict[str, Any]) -> None:
    """Add a line to the log below `root`, if it can be written."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with suppress(OSError):
        (root / FOLDER).mkdir(exist_ok=True)
        with (root / FOLDER / FILE_NAME).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"timestamp": stamp, **line}) + "\n")


def masked(license_key: str) -> str:
    """A key with its ends alone to be seen; short ones are hidden whole."""
    if len(license_key) < 3 * _SHOWN:
        return "****" if license_key else ""
    return f"{license_key[:_SHOWN]}****{license_key[-_SHOWN:]}"
