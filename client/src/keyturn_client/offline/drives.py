"""Removable drives and the serial numbers of the devices, on Linux, macOS and Windows.

The serial is that of the device, which stays through formatting; a drive whose serial cannot be read has
None, and fits no file that is bound to one.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LABEL: Final = "LICENSE"
_LETTERS: Final = "DEFGHIJKLMNOPQRSTUVWXYZ"
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")
_MAC: Final = ("/usr/sbin/system_profiler", "SPUSBDataType", "-json")
_WINDOWS: Final = (
    "powershell.exe",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "@(Get-Disk | Where-Object BusType -eq 'USB' | ForEach-Object { $disk = $_; Get-Partition -DiskNumber $disk.Number"
    " | Where-Object DriveLetter | ForEach-Object { @{ letter = [string]$_.DriveLetter; serial = $disk.SerialNumber;"
    " label = (Get-Volume -DriveLetter $_.DriveLetter).FileSystemLabel } } }) | ConvertTo-Json -Compress",
)


@dataclass(frozen=True, slots=True)
class Drive:
    """A mounted removable drive."""

    root: Path
    serial: str | None = None
    label: str = ""


def _run(command: Sequence[str]) -> str:
    # Windows opens a console for the command otherwise.
    quiet = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, creationflags=quiet).stdout


@dataclass(frozen=True, slots=True)
class System:
    """Where to look; tests put another tree and other commands in place of the system's."""

    platform: str = sys.platform
    root: Path = Path("/")
    run: Callable[[Sequence[str]], str] = _run


def connected(system: System | None = None) -> list[Drive]:
    """The removable drives that are mounted now; none when the system does not tell."""
    system = system or System()
    look = {"win32": _windows, "darwin": _mac}.get(system.platform, _linux)
    with suppress(OSError, ValueError, KeyError, subprocess.SubprocessError):
        return list(look(system))
    return []


def with_file(drives: Iterable[Drive], name: str) -> Drive | None:
    """The first drive with a file of that name in its root, drives named LICENSE before others."""
    having = [drive for drive in drives if (drive.root / name).is_file()]
    return min(having, key=lambda drive: drive.label != LABEL, default=None)


def of(path: Path, find: Callable[[], list[Drive]] = connected) -> Drive | None:
    """The drive in whose root `path` lies; None for any other place."""
    folder = path.resolve().parent
    return next((drive for drive in find() if drive.root.resolve() == folder), None)


def _linux(system: System) -> Iterator[Drive]:
    labels = {link.resolve().name: link.name for link in (system.root / "dev/disk/by-label").glob("*")}
    for line in (system.root / "proc/self/mounts").read_text("utf-8").splitlines():
        source, mounted = (_ESCAPED.sub(_character, field) for field in line.split()[:2])
        name = Path(source).name
        device = (system.root / "sys/class/block" / name).resolve()
        if source.startswith("/dev/") and device.exists() and _is_removable(device):
            yield Drive(system.root / mounted.lstrip("/"), _usb_serial(device), labels.get(name, ""))


def _is_removable(device: Path) -> bool:
    # Many sticks call themselves fixed disks; what hangs on a USB port can be taken away all the same.
    if any(re.fullmatch(r"usb\d+", part) for part in device.parts):
        return True
    return any(_text(folder / "removable") == "1" for folder in (device, device.parent))


def _usb_serial(device: Path) -> str | None:
    for folder in device.parents:
        if (folder / "idVendor").is_file():
            return _text(folder / "serial") or None
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 8))


def _mac(system: System) -> Iterator[Drive]:
    yield from _mac_devices(json.loads(system.run(_MAC))["SPUSBDataType"])


def _mac_devices(items: list[dict[str, Any]]) -> Iterator[Drive]:
    for item in items:
        for medium in item.get("Media", []):
            for volume in medium.get("volumes", []):
                if "mount_point" in volume:
                    serial = item.get("serial_num") or None
                    yield Drive(Path(volume["mount_point"]), serial, volume.get("_name", ""))
        yield from _mac_devices(item.get("_items", []))


def _windows(system: System) -> Iterator[Drive]:
    found = json.loads(system.run(_WINDOWS) or "[]")
    for row in found if isinstance(found, list) else [found]:
        letter = str(row["letter"]).upper()
        if letter in _LETTERS:
            serial = str(row.get("serial") or "").strip() or None
            yield Drive(Path(f"{letter}:/"), serial, row.get("label") or "")
