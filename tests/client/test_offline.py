"""Offline licenses on drives: watching, logging, and what attackers try."""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keyturn_client import PublicKeys
from keyturn_client.offline import Check, DriveWatch, Reason, Validator, recheck
from keyturn_client.offline.drives import Drive
from keyturn_client.state import State
from tests.client.test_vectors import FOLDER

AT = datetime(2026, 2, 1, 8, tzinfo=UTC)
PRODUCT = "0197a1c0-0000-7000-8000-000000000001"
SERIAL = "4C530001230101117391"
FILES = {case["name"]: case["file"] for case in json.loads((FOLDER / "offline.json").read_text("utf-8"))["cases"]}


class Port:
    """A USB port into which drives are put."""

    def __init__(self, folder: Path) -> None:
        self.drive = Drive(folder / "stick", SERIAL, "LICENSE")
        self.drive.root.mkdir()
        (self.drive.root / "license.lic").write_text(FILES["drive"], "utf-8")
        self.connected = True

    def __call__(self) -> list[Drive]:
        return [self.drive] if self.connected else []

    @property
    def log(self) -> list[dict[str, Any]]:
        return _lines(self.drive.root)


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "logs/validation.log").read_text("utf-8").splitlines()]


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


Make = Callable[..., Validator]


@pytest.fixture
def make(port: Port, tmp_path: Path) -> Make:
    def build(**more: Any) -> Validator:
        given = {
            "product": PRODUCT,
            "public_keys": PublicKeys.read(FOLDER / "keys/product-rsa4096.pem"),
            "state": State(tmp_path / "state"),
            "now": lambda: AT,
            "find_drives": port,
        }
        return Validator(**{**given, **more})

    return build


@pytest.mark.spec("OFF-31", "OFF-20", "OFF-24", "OFF-33")
def test_a_drive_is_found_and_logged(make: Make, port: Port) -> None:
    check = make().check_drives()
    assert check.valid
    assert check.license is not None
    assert (check.license.key, check.features["seats"], check.errors, check.grace_days_left) == (
        "KEYTURN-TEST-0001",
        5,
        (),
        None,
    )
    (line,) = port.log
    assert line == {
        "timestamp": "2026-02-01T08:00:00Z",
        "event": "license_validation",
        "result": "valid",
        "license_key": "KEYT****0001",
        "usb_path": str(port.drive.root),
        "signature_valid": True,
        "expiration_check": True,
        "hardware_check": True,
        "features_loaded": 6,
    }


@pytest.mark.spec("OFF-20", "OFF-33")
def test_a_refusal_leaves_a_security_line_without_the_key(
    make: Make, port: Port, caplog: pytest.LogCaptureFixture
) -> None:
    (port.drive.root / "license.lic").write_text(FILES["drive"].replace('"seats": 5', '"seats": 9'), "utf-8")
    with caplog.at_level(logging.WARNING, "keyturn_client.security"):
        check = make().check_drives()
    assert (check.valid, check.errors, check.license, check.has("export")) == (False, (Reason.SIGNATURE,), None, False)
    assert "signature" in caplog.text
    assert "KEYTURN-TEST-0001" not in caplog.text
    (line,) = port.log
    assert (line["result"], line["signature_valid"], line["features_loaded"]) == ("invalid", False, 0)


@pytest.mark.spec("OFF-33", "OFF-30")
def test_a_read_only_drive_has_no_log_and_no_failure(make: Make, port: Port) -> None:
    (port.drive.root / "logs").write_text("a file where the folder would be")
    assert make().check_drives().valid


@pytest.mark.spec("OFF-32")
def test_a_pulled_drive_is_noticed_once(make: Make, port: Port, tmp_path: Path) -> None:
    removed: list[Check] = []
    watch = DriveWatch(make(), removed.append)
    assert watch.seconds == 30
    assert watch.tick().valid
    port.connected = False
    assert watch.tick().errors == watch.tick().errors == (Reason.NOT_FOUND,)
    assert len(removed) == 1
    port.connected = True
    assert watch.tick().valid
    port.drive = Drive(port.drive.root, "another stick")
    assert watch.tick().errors == (Reason.OTHER_DRIVE,)
    assert len(removed) == 2
    assert [line["event"] for line in port.log if "usb" in line["event"]] == ["usb_inserted"] * 3
    assert [line["event"] for line in _lines(tmp_path / "state")] == ["usb_removed"] * 2


@pytest.mark.spec("OFF-32")
def test_by_default_the_program_ends(tmp_path: Path) -> None:
    code = """
import time
from pathlib import Path
from keyturn_client import PublicKeys
from keyturn_client.offline import DriveWatch, Validator
from keyturn_client.offline.drives import Drive
from keyturn_client.state import State
here = Path.cwd()
keys = PublicKeys.read(here / "key.pem")
validator = Validator(product="p", public_keys=keys, state=State(here), find_drives=lambda: [])
watch = DriveWatch(validator, seconds=0.05)
watch._gone = True  # the drive is pulled only once the program runs
repeat = watch.start()
watch._gone = False
time.sleep(30)
print("still running")
"""
    (tmp_path / "key.pem").write_text((FOLDER / "keys/product-rsa4096.pem").read_text())
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (3, "")
    assert "The license drive was removed (not-found). The program ends." in done.stderr


@pytest.mark.spec("OFF-24")
def test_checking_again(make: Make) -> None:
    results: list[object] = []
    for hours in (0, 25):
        with pytest.raises(ValueError, match="1 to 24 hours"):
            recheck(make().check_drives, timedelta(hours=hours), result=results.append)
    repeat = recheck(make().check_drives, result=results.append)
    assert repeat._seconds == 24 * 3600
    repeat._seconds = 0.02
    with repeat:
        deadline = time.monotonic() + 30
        while len(results) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(results) >= 2


@pytest.mark.spec("OFF-34")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"grace_period_days": 30', '"grace_period_days": 365'),
        ('"trial": false', '"trial": true'),
        ('"expires_at": "2027-', '"expires_at": "2099-'),
        ('"require_usb_connected": true', '"require_usb_connected": false'),
        (f'"usb_serial_number": "{SERIAL}"', '"usb_serial_number": null'),
    ],
)
def test_changed_rules_fail(make: Make, port: Port, before: str, after: str) -> None:
    assert before in FILES["drive"]
    (port.drive.root / "license.lic").write_text(FILES["drive"].replace(before, after), "utf-8")
    assert make().check_drives().errors == (Reason.SIGNATURE,)


@pytest.mark.spec("OFF-34", "OFF-03")
def test_license_and_key_on_the_drive_both_replaced(make: Make, port: Port) -> None:
    (port.drive.root / "license.lic").write_text(FILES["foreign-key"], "utf-8")
    foreign = (FOLDER / "keys/foreign-rsa2048.pem").read_text()
    (port.drive.root / "public-key.pem").write_text(foreign)
    assert make().check_drives().errors == (Reason.SIGNATURE,)


@pytest.mark.spec("OFF-34")
def test_another_customers_file(make: Make, port: Port) -> None:
    assert make(license_key="KEYTURN-TEST-0002").check_drives().errors == (Reason.OTHER_KEY,)


@pytest.mark.spec("OFF-34", "OFF-22")
def test_a_clock_set_back(make: Make, tmp_path: Path) -> None:
    later = AT + timedelta(days=200)
    assert make(now=lambda: later).check_drives().valid
    assert make(now=lambda: AT).check_drives().errors == (Reason.CLOCK,)
    assert make(now=lambda: later - timedelta(hours=20)).check_drives().valid
    assert State(tmp_path / "state").last_seen() == later, "the time seen only grows"


@pytest.mark.spec("OFF-34")
def test_nothing_outside_the_file_has_a_say(make: Make, port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime(2027, 6, 1, tzinfo=UTC)
    config = json.dumps({"grace_period_days": 365, "require_usb_connected": False, "strict_expiry": False})
    for name in ("config.json", "license.json", ".env"):
        (port.drive.root / name).write_text(config)
    for name in ("GRACE_PERIOD_DAYS", "KEYTURN_GRACE_PERIOD_DAYS", "LICENSE_ENVIRONMENT", "KEYTURN_CLIENT_NOW"):
        monkeypatch.setenv(name, "365")
    monkeypatch.setattr(sys, "argv", ["program", "--grace-period-days=365", "--no-usb"])
    assert make(now=lambda: late).check_drives().errors == (Reason.EXPIRED,)


def test_a_missing_or_huge_file(make: Make, tmp_path: Path) -> None:
    assert make().check_file(tmp_path / "nothing.lic").errors == (Reason.NOT_FOUND,)
    (tmp_path / "huge.lic").write_text("{" + " " * 100_000)
    assert make().check_file(tmp_path / "huge.lic").errors == (Reason.UNREADABLE,)
    for text in ("[]", "null", "{}", '{"signature": 5}', '{"a": "\\ud800", "signature": "AAAA"}', "[" * 50_000):
        assert not make().check(text).valid
