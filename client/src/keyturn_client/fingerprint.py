"""The identifier of a machine: stable, the same in every SDK, and useless to anybody else.

    identifier = "kt1-" + hex(HMAC-SHA256(key = machine id, message = "keyturn:1:" + app))[:40]

The machine id is what the operating system made at its installation: `/etc/machine-id` on Linux (or
`/var/lib/dbus/machine-id`), `IOPlatformUUID` on macOS, `MachineGuid` on Windows; lower-cased, without
spaces around it. It never leaves the machine. `app` is the program's own name, so that two vendors cannot
tell that two identifiers are one machine. No serial number, MAC address, host or user name goes in:
new hardware, another network card or a renamed computer keep their seat. A reinstalled system is a new one.
"""

import hashlib
import hmac
import importlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from keyturn_client.state import write_whole

_LINUX: Final = ("/etc/machine-id", "/var/lib/dbus/machine-id")
_IOREG: Final = ("/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice")
_REGISTRY: Final = (r"SOFTWARE\Microsoft\Cryptography", "MachineGuid")
_SHORTEST: Final = 8


class NoMachineId(Exception):
    """The operating system does not say which machine this is, as in some containers."""


def _read(path: str) -> str:
    return Path(path).read_text("utf-8")


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout


def _registry(key: str, name: str) -> str:
    winreg: Any = importlib.import_module("winreg")
    access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, 0, access) as opened:
        return str(winreg.QueryValueEx(opened, name)[0])


@dataclass(frozen=True, slots=True)
class Readers:
    """How to ask the system; tests put others in their place."""

    platform: str = sys.platform
    read: Callable[[str], str] = _read
    run: Callable[[Sequence[str]], str] = _run
    registry: Callable[[str, str], str] = _registry


SYSTEM: Final = Readers()


def machine_id(readers: Readers = SYSTEM) -> str:
    """What the system calls this machine. Raises NoMachineId. Keep it here: send only `of(app)`."""
    try:
        found = _found(readers).strip().lower()
    except (OSError, subprocess.SubprocessError, ImportError, UnicodeDecodeError) as error:
        raise NoMachineId(f"This system does not tell which machine it is: {error}") from error
    if len(found) < _SHORTEST or found == "uninitialized":
        raise NoMachineId("This system has no machine id.")
    return found


def _found(readers: Readers) -> str:
    if readers.platform == "win32":
        return readers.registry(*_REGISTRY)
    if readers.platform == "darwin":
        lines = readers.run(_IOREG).splitlines()
        return next((line.split('"')[-2] for line in lines if '"IOPlatformUUID"' in line and line.count('"') >= 4), "")
    for path in _LINUX:
        try:
            if text := readers.read(path).strip():
                return text
        except FileNotFoundError:
            continue
    return ""


def derive(machine: str, app: str) -> str:
    """The identifier of a machine for one program."""
    digest = hmac.new(machine.encode(), f"keyturn:1:{app}".encode(), hashlib.sha256)
    return f"kt1-{digest.hexdigest()[:40]}"


def of(app: str, readers: Readers = SYSTEM) -> str:
    """The identifier of this machine for the program `app`. Raises NoMachineId."""
    return derive(machine_id(readers), app)


def device(app: str, folder: Path, readers: Readers = SYSTEM) -> str:
    """As `of`; where the system has no machine id, a random identifier that is kept in `folder`.

    A random one lives as long as its file. Raises NoMachineId when it cannot be kept: each start would
    take another seat.
    """
    try:
        return of(app, readers)
    except NoMachineId:
        file = folder / "device-id"
        try:
            known = file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            known = ""
        made = known or f"kt1-{uuid4().hex}"
        if not known and not write_whole(file, made + "\n"):
            raise
        return made
