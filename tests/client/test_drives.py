"""Finding removable drives, with the systems' answers put in."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from keyturn_client.offline import drives
from keyturn_client.offline.drives import Drive, System


def _stick(root: Path, *, mount: str = "media/ada/LICENSE", serial: str = "4C53") -> Path:
    """A Linux system's view of a USB stick below `root`."""
    name, label = "sdb1", "LICENSE"
    usb = root / "sys/devices/pci0000:00/usb1/1-2"
    block = usb / f"1-2:1.0/host2/block/{name[:3]}/{name}"
    block.mkdir(parents=True)
    (usb / "idVendor").write_text("0781\n")
    if serial:
        (usb / "serial").write_text(f"{serial}\n")
    (root / "sys/class/block").mkdir(parents=True, exist_ok=True)
    (root / "sys/class/block" / name).symlink_to(block)
    (root / "dev/disk/by-label").mkdir(parents=True, exist_ok=True)
    (root / "dev" / name).touch()
    (root / "dev/disk/by-label" / label).symlink_to(root / "dev" / name)
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    with (root / "proc/self/mounts").open("a") as mounts:
        mounts.write(f"/dev/{name} /{mount.replace(' ', chr(92) + '040')} vfat rw 0 0\n")
    (root / mount).mkdir(parents=True)
    return root / mount


def _linux(root: Path) -> System:
    return System("linux", root, _none)


def _none(*_: object) -> str:
    raise AssertionError("not on this system")


@pytest.mark.spec("OFF-31", "OFF-30")
def test_linux(tmp_path: Path) -> None:
    disk = tmp_path / "sys/devices/pci0000:00/ata1/block/sda/sda1"
    disk.mkdir(parents=True)
    (disk.parent / "removable").write_text("0\n")
    (tmp_path / "sys/class/block").mkdir(parents=True)
    (tmp_path / "sys/class/block/sda1").symlink_to(disk)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mounts").write_text("proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\n")
    root = _stick(tmp_path, mount="media/ada/My stick")
    assert drives.connected(_linux(tmp_path)) == [Drive(root, "4C53", "LICENSE")]


@pytest.mark.spec("OFF-31")
def test_linux_without_a_readable_serial(tmp_path: Path) -> None:
    root = _stick(tmp_path, serial="")
    assert drives.connected(_linux(tmp_path)) == [Drive(root, None, "LICENSE")]


@pytest.mark.spec("OFF-31")
def test_macos() -> None:
    stick = {
        "_name": "Ultra Fit",
        "serial_num": "4C53",
        "Media": [{"volumes": [{"_name": "LICENSE", "mount_point": "/Volumes/LICENSE"}, {"_name": "EFI"}]}],
    }
    found = json.dumps({"SPUSBDataType": [{"_name": "USB31Bus", "_items": [{"_name": "Hub", "_items": [stick]}]}]})
    assert drives.connected(System("darwin", run=lambda _: found)) == [
        Drive(Path("/Volumes/LICENSE"), "4C53", "LICENSE")
    ]


@pytest.mark.spec("OFF-31")
@pytest.mark.parametrize("several", [True, False])
def test_windows(several: bool) -> None:
    row = {"letter": "E", "serial": " 4C53 ", "label": "LICENSE"}
    rows = [row, {"letter": "C", "serial": "1", "label": None}, {"letter": "F", "serial": None, "label": None}]

    def run(command: Sequence[str]) -> str:
        assert command[0] == "powershell.exe"
        return json.dumps(rows if several else row)

    found = drives.connected(System("win32", run=run))
    assert found[0] == Drive(Path("E:/"), "4C53", "LICENSE")
    assert [str(drive.root) for drive in found] == (["E:", "F:"] if several else ["E:"])


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_system_that_does_not_tell_has_no_drives(platform: str, tmp_path: Path) -> None:
    def fail(_: Sequence[str]) -> str:
        raise FileNotFoundError

    assert drives.connected(System(platform, tmp_path, fail)) == []


@pytest.mark.spec("OFF-31")
def test_the_drive_named_license_comes_first(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    (tmp_path / "b/license.lic").touch()
    (tmp_path / "c/license.lic").touch()
    plain, other, named = Drive(tmp_path / "a"), Drive(tmp_path / "b"), Drive(tmp_path / "c", None, "LICENSE")
    assert drives.with_file([plain, other, named], "license.lic") == named
    assert drives.with_file([plain, other], "license.lic") == other
    assert drives.with_file([plain], "license.lic") is None


def test_a_file_lies_on_a_drive_only_in_its_root(tmp_path: Path) -> None:
    drive = Drive(tmp_path)
    assert drives.of(tmp_path / "license.lic", lambda: [drive]) == drive
    assert drives.of(tmp_path / "copy" / "license.lic", lambda: [drive]) is None
